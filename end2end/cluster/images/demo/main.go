// Command demo is the application that tests publish: it tells its version, its
// configuration file and an environment variable, so that a test sees by asking
// it which release answers. It leaves a Service without failing a request.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
)

// version is set by the linker.
var version = "unversioned"

type answer struct {
	Version  string  `json:"version"`
	Config   *string `json:"config"`
	Greeting string  `json:"greeting"`
	Hostname string  `json:"hostname"`
}

func env(name, otherwise string) string {
	if value, found := os.LookupEnv(name); found {
		return value
	}
	return otherwise
}

// seconds reads a number of seconds from the environment, `otherwise` when it is
// unset or not a number.
func seconds(name string, otherwise int) time.Duration {
	if number, err := strconv.Atoi(os.Getenv(name)); err == nil {
		return time.Duration(number) * time.Second
	}
	return time.Duration(otherwise) * time.Second
}

func describe(w http.ResponseWriter, _ *http.Request) {
	hostname, _ := os.Hostname()
	said := answer{Version: version, Greeting: os.Getenv("GREETING"), Hostname: hostname}
	// Read anew each time: a test may change the file under a running container.
	if content, err := os.ReadFile(env("CONFIG_FILE", "/etc/demo/config.yaml")); err == nil {
		text := string(content)
		said.Config = &text
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	_ = json.NewEncoder(w).Encode(said)
}

func main() {
	log.SetFlags(log.LstdFlags | log.LUTC)
	var leaving atomic.Bool
	mux := http.NewServeMux()
	mux.HandleFunc("GET /", describe)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("ok\n")) })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if leaving.Load() {
			http.Error(w, "shutting down", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})
	server := &http.Server{Addr: ":" + env("PORT", "8080"), Handler: mux, ReadHeaderTimeout: 5 * time.Second}

	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	go func() {
		defer close(done)
		log.Printf("received %s, failing readiness", <-stop)
		leaving.Store(true)
		// Requests still arrive until every node has heard that this endpoint is gone.
		time.Sleep(seconds("DRAIN_SECONDS", 5))
		log.Print("draining connections")
		within, cancel := context.WithTimeout(context.Background(), 15*time.Second)
		defer cancel()
		if err := server.Shutdown(within); err != nil {
			log.Printf("connections were cut off: %v", err)
		}
	}()

	log.Printf("demo %s listens on %s", version, server.Addr)
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		log.Fatalf("cannot serve: %v", err)
	}
	<-done
	log.Print("bye")
}
