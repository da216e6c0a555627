for second in $(seq 600); do
    echo "second $second"
    sleep 1
done
