package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	yardmaster "yardmaster.io/clients/go"
)

// follow hands over each event of a run as it happens, and returns when the run has ended. Where a server ends the
// stream early, the next request goes on after the last event seen.
//
// A generated method reads its answer to the end before it returns. The open answer is to be had in the client's
// transport, where GetRunEvents passes by with everything that was generated for it: path, parameters, token and
// problems.
func follow(ctx context.Context, baseURL, runID string, each func(yardmaster.RunEvent) error) error {
	stream := &eventStream{each: each}
	configuration := configurationFor(baseURL)
	configuration.HTTPClient = &http.Client{Transport: stream} // no timeout: a run takes as long as it takes
	client := yardmaster.NewAPIClient(configuration)
	for {
		_, _, err := client.RunsAPI.GetRunEvents(ctx, runID).AfterSeq(stream.lastSeq).Execute()
		if err != nil || stream.ended {
			return err
		}
		time.Sleep(2 * time.Second)
	}
}

type eventStream struct {
	each    func(yardmaster.RunEvent) error
	lastSeq int64
	ended   bool
}

// RoundTrip reads the stream itself and leaves an empty body for the generated code.
func (s *eventStream) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Accept", "text/event-stream")
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return nil, err
	}
	switch response.StatusCode {
	case http.StatusNoContent:
		s.ended = true // nothing comes after what has been seen
	case http.StatusOK:
		err = s.read(bufio.NewReader(response.Body))
		response.Body.Close()
		if err != nil {
			return nil, err
		}
		response.Body = http.NoBody
	}
	return response, nil
}

func (s *eventStream) read(lines *bufio.Reader) error {
	var kind string
	var data []string
	for {
		line, err := lines.ReadString('\n')
		if errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		line = strings.TrimRight(line, "\r\n")
		if value, is := strings.CutPrefix(line, "event:"); is {
			kind = strings.TrimSpace(value)
		} else if value, is := strings.CutPrefix(line, "data:"); is {
			data = append(data, value)
		} else if line == "" && len(data) > 0 {
			if err := s.take(kind, strings.Join(data, "\n")); err != nil {
				return err
			}
			kind, data = "", nil
		}
	}
}

func (s *eventStream) take(kind, data string) error {
	switch kind {
	case "server.draining":
		return nil
	case "stream.end":
		var end struct{ Reason string }
		err := json.Unmarshal([]byte(data), &end)
		s.ended = end.Reason == "run_finished"
		return err
	default:
		var event yardmaster.RunEvent
		if err := json.Unmarshal([]byte(data), &event); err != nil {
			return err
		}
		s.lastSeq = event.Seq
		return s.each(event)
	}
}
