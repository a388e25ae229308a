// Command claysim runs the stand-in for Clay by itself, for people who want to
// look at it or to point a browser at it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"net"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"

	"github.com/seatwright/clay-operator/internal/claysim"
)

// crowd is how many members the crowded world has.
const crowd = 2000

// worlds are those to choose from.
var worlds = map[string]func() claysim.Seed{
	"sample": claysim.Sample, "sign-ins": claysim.SignInSample, "hostile": claysim.HostileSample,
	"crowd":  func() claysim.Seed { return claysim.CrowdSample(crowd) },
	"access": claysim.AccessSample, "access-crowd": func() claysim.Seed { return claysim.AccessCrowdSample(crowd) },
}

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on")
	world := flag.String("world", "sample", "what is there: "+strings.Join(slices.Sorted(maps.Keys(worlds)), ", "))
	seed := flag.String("seed", "", "JSON file with accounts and workspaces, instead of --world")
	to := flag.String("relay", "", "address of another claysim that connections are handed on to, instead of a world of its own")
	flag.Parse()
	if err := start(*listen, *to, *world, *seed); err != nil {
		fmt.Fprintln(os.Stderr, "claysim:", err)
		os.Exit(1)
	}
}

func start(listen, to, world, seedFile string) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if to == "" {
		return run(ctx, listen, world, seedFile)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", listen)
	if err != nil {
		return fmt.Errorf("listen for the relay: %w", err)
	}
	fmt.Printf("relay    %s to %s\n", listener.Addr(), to)
	return relay(ctx, listener, to)
}

// run runs a simulator until ctx ends.
func run(ctx context.Context, listen, world, seedFile string) error {
	build, known := worlds[world]
	if !known {
		return fmt.Errorf("--world %s: choose one of %v", world, slices.Sorted(maps.Keys(worlds)))
	}
	options := claysim.Options{Address: listen, Seed: build()}
	if seedFile != "" {
		seed, err := readSeed(seedFile)
		if err != nil {
			return err
		}
		options.Seed = seed
	}
	server, err := claysim.Start(options)
	if err != nil {
		return err
	}
	if err := printAddresses(server, seedFile == ""); err != nil {
		return errors.Join(err, server.Close())
	}
	<-ctx.Done()
	return server.Close()
}

// printAddresses says where to look, and with which account if the world is the sample.
func printAddresses(server *claysim.Server, sample bool) error {
	text := fmt.Sprintf("app      %s/login\napi      %s/v3\ncontrol  %s\n", server.AppURL(), server.APIURL(), server.ControlURL())
	if sample {
		text += fmt.Sprintf("log in   %s / %s\n", claysim.SampleEmail, claysim.SamplePassword)
	}
	_, err := os.Stdout.WriteString(text)
	return err
}

func readSeed(file string) (claysim.Seed, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return claysim.Seed{}, fmt.Errorf("read the seed: %w", err)
	}
	var seed claysim.Seed
	if err := json.Unmarshal(content, &seed); err != nil {
		return claysim.Seed{}, fmt.Errorf("read the seed %s: %w", file, err)
	}
	return seed, nil
}
