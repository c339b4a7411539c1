package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"sync"
	"time"
)

// How long a case may take to come true.
const settle = 30 * time.Second

type found struct {
	Case     string `json:"case"`
	Expected string `json:"expected"`
	Got      string `json:"got"`
}

// Line is what this program says, one thing at a time.
type line struct {
	Found  *found `json:"found,omitempty"`
	Log    string `json:"log,omitempty"`
	Fault  string `json:"fault,omitempty"`
	Failed string `json:"failed,omitempty"`
}

// Driver talks to the program that started this one.
type driver struct {
	mu      sync.Mutex
	out     *json.Encoder
	answers *bufio.Scanner
}

func newDriver(in io.Reader, out io.Writer) *driver {
	return &driver{out: json.NewEncoder(out), answers: bufio.NewScanner(in)}
}

func (d *driver) say(l line) {
	d.mu.Lock()
	defer d.mu.Unlock()
	_ = d.out.Encode(l)
}

func (d *driver) report(name, expected, got string) {
	d.say(line{Found: &found{name, expected, got}})
}

// Holds reports a case that either holds or says why not.
func (d *driver) holds(name string, err error) {
	got := "holds"
	if err != nil {
		got = err.Error()
	}
	d.report(name, "holds", got)
}

func (d *driver) log(format string, args ...any) { d.say(line{Log: fmt.Sprintf(format, args...)}) }

func (d *driver) fail(err error) { d.say(line{Failed: err.Error()}) }

// Fault asks for trouble with the API server and returns when it has come: stopApi, startApi, compact, reset.
func (d *driver) fault(name string) error {
	d.say(line{Fault: name})
	if !d.answers.Scan() {
		return fmt.Errorf("fault %s: no answer", name)
	}
	if answer := d.answers.Text(); answer != "done" {
		return fmt.Errorf("fault %s: %s", name, answer)
	}
	return nil
}

// Eventually tries until there is no error, or returns the last one.
func eventually(ctx context.Context, within time.Duration, try func() error) error {
	deadline := time.Now().Add(within)
	for {
		err := try()
		if err == nil {
			return nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil {
			return err
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func equal(expected, got string) error {
	if expected == got {
		return nil
	}
	return fmt.Errorf("%s instead of %s", got, expected)
}
