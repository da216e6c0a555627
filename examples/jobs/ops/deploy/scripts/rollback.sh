#!/usr/bin/env bash
# Takes a release back that did not make it. Safe at any point: nothing may be there yet.

if [[ -d www/releases/placeholder ]]; then
    ln -sfn releases/placeholder www/next
    mv -fT www/next www/current 2>/dev/null || mv -fh www/next www/current
    echo 'live: placeholder'
fi
rm -rf "www/$RELEASE" www/incoming
echo "took back $RELEASE"
