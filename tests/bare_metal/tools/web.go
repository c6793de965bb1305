// Copyright (c) 2026, capi.lifecycle contributors
// GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
// SPDX-License-Identifier: GPL-3.0-or-later

// A workload to look after: it answers on port 8080 with its pod's name and the content of /data/value. Asked to end, it
// serves on for two seconds, until nobody sends it requests any more.
package main

import (
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	name, _ := os.Hostname()
	http.HandleFunc("/", func(answer http.ResponseWriter, _ *http.Request) {
		value, _ := os.ReadFile("/data/value")
		fmt.Fprintf(answer, "%s %s", name, value)
	})
	go func() {
		fmt.Fprintln(os.Stderr, http.ListenAndServe(":8080", nil))
		os.Exit(1)
	}()
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	<-signals
	time.Sleep(2 * time.Second)
}
