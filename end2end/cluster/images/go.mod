module longshore.dev/lab/images

go 1.22
