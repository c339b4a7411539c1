package main

import (
	"bufio"
	"encoding/json"
	"io"
	"log"
	"sync"
	"time"

	"github.com/miekg/dns"
)

// Longer than a busy machine needs for an answer over loopback.
const timeout = 5 * time.Second

// A question, one line of JSON.
type question struct {
	ID        int      `json:"id"`
	Servers   []string `json:"servers"`
	Transport string   `json:"transport"`
	Name      string   `json:"name"`
	Type      string   `json:"type"`
	Class     string   `json:"class"`
	// EDNS0 buffer size; 0: no EDNS0.
	Size    uint16 `json:"size"`
	Do      bool   `json:"do"`
	Version uint8  `json:"version"`
	// CD bit.
	Unchecked bool `json:"unchecked"`
}

type answer struct {
	Rcode     string   `json:"rcode"`
	Flags     []string `json:"flags"`
	Question  string   `json:"question"`
	Answer    []string `json:"answer"`
	Authority []string `json:"authority"`
	Extra     []string `json:"extra"`
	Edns      string   `json:"edns"`
	Error     string   `json:"error,omitempty"`
}

type reply struct {
	ID      int      `json:"id"`
	Answers []answer `json:"answers"`
}

// Answers each line of `in` with a line on `out`, a few at a time, in any order.
func ask(in io.Reader, out io.Writer) {
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, 1<<20)
	encoder := json.NewEncoder(out)
	var writing sync.Mutex
	var asked sync.WaitGroup
	slots := make(chan struct{}, 8)
	for lines.Scan() {
		var q question
		if err := json.Unmarshal(lines.Bytes(), &q); err != nil {
			log.Fatalf("question %q: %v", lines.Text(), err)
		}
		slots <- struct{}{}
		asked.Add(1)
		go func() {
			defer asked.Done()
			defer func() { <-slots }()
			r := reply{ID: q.ID}
			for _, server := range q.Servers {
				r.Answers = append(r.Answers, put(q, server))
			}
			writing.Lock()
			defer writing.Unlock()
			if err := encoder.Encode(r); err != nil {
				log.Fatal(err)
			}
		}()
	}
	asked.Wait()
}

func put(q question, server string) answer {
	m := new(dns.Msg)
	m.SetQuestion(dns.Fqdn(q.Name), dns.StringToType[q.Type])
	m.Question[0].Qclass = dns.StringToClass[q.Class]
	m.CheckingDisabled = q.Unchecked
	if q.Size > 0 {
		m.SetEdns0(q.Size, q.Do)
		m.IsEdns0().SetVersion(q.Version)
	}
	client := dns.Client{Net: q.Transport, Timeout: timeout, UDPSize: dns.MaxMsgSize}
	got, _, err := client.Exchange(m, server)
	if err != nil {
		// UDP may lose a packet on a busy machine: resolvers ask again too.
		got, _, err = client.Exchange(m, server)
	}
	if err != nil {
		return answer{Flags: []string{}, Error: err.Error()}
	}
	return describe(got)
}

func describe(m *dns.Msg) answer {
	a := answer{
		Flags:     []string{},
		Answer:    texts(m.Answer),
		Authority: texts(m.Ns),
		Extra:     texts(m.Extra),
	}
	rcode := m.Rcode
	if opt := m.IsEdns0(); opt != nil {
		a.Edns = opt.String()
	}
	a.Rcode = dns.RcodeToString[rcode]
	for _, q := range m.Question {
		a.Question += q.String()
	}
	for _, flag := range []struct {
		name string
		set  bool
	}{{"aa", m.Authoritative}, {"tc", m.Truncated}, {"rd", m.RecursionDesired}, {"ra", m.RecursionAvailable}, {"ad", m.AuthenticatedData}, {"cd", m.CheckingDisabled}} {
		if flag.set {
			a.Flags = append(a.Flags, flag.name)
		}
	}
	return a
}

func texts(records []dns.RR) []string {
	found := []string{}
	for _, record := range records {
		if record.Header().Rrtype != dns.TypeOPT {
			found = append(found, record.String())
		}
	}
	return found
}
