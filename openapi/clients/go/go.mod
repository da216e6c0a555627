module yardmaster.io/clients/try

go 1.23

require yardmaster.io/clients/go v0.0.0

replace yardmaster.io/clients/go => ../../../target/clients/go
