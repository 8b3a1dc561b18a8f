module aihub/bench/load

go 1.19
