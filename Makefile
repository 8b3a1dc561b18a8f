# The front door. `make help` lists the targets. Fresh machine to running gateway: `make run`; to all tests: `make test`.
