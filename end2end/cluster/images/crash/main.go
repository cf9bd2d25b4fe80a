// Command crash fails a second after its start, as an application with a broken
// configuration does.
package main

import (
	"log"
	"time"
)

func main() {
	log.Print("crash is starting")
	time.Sleep(time.Second)
	log.Fatal("crash: cannot reach its database; giving up")
}
