// Command never-ready serves and is alive, but says for ever that it is not
// ready, as an application that waits for something missing does.
package main

import (
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	http.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	http.HandleFunc("GET /", func(w http.ResponseWriter, _ *http.Request) {
		http.Error(w, "waiting for something that never comes", http.StatusServiceUnavailable)
	})
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go func() {
		<-stop
		os.Exit(0)
	}()
	log.Printf("never-ready listens on :%s", port)
	server := &http.Server{Addr: ":" + port, ReadHeaderTimeout: 5 * time.Second}
	log.Fatal(server.ListenAndServe())
}
