// Lists, plans, runs, streams and cancels, with nothing but the generated client.
//
// Arguments: the server's address, a token, and the folder to back up; without a folder the job is hello-world.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	yardmaster "yardmaster.io/clients/go"
)

func main() {
	baseURL, token := os.Args[1], os.Args[2]
	a := &attempt{
		baseURL: baseURL,
		ctx:     context.WithValue(context.Background(), yardmaster.ContextAccessToken, token),
		client:  yardmaster.NewAPIClient(configurationFor(baseURL)),
	}
	request := yardmaster.NewPlanRequest("hello-world")
	request.SetArgs(map[string]any{"name": "Go"})
	if len(os.Args) > 3 {
		request = yardmaster.NewPlanRequest("backup/daily")
		request.SetArgs(map[string]any{"target": os.Args[3]})
	}
	if err := a.everything(*request); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func configurationFor(baseURL string) *yardmaster.Configuration {
	configuration := yardmaster.NewConfiguration()
	configuration.Servers = yardmaster.ServerConfigurations{{URL: baseURL + "/api/v1"}}
	return configuration
}

type attempt struct {
	baseURL string
	ctx     context.Context
	client  *yardmaster.APIClient
}

func (a *attempt) everything(request yardmaster.PlanRequest) error {
	if err := a.list(); err != nil {
		return err
	}
	if err := a.askForWhatIsNotThere(); err != nil {
		return err
	}
	if err := meetWhatIsNew(); err != nil {
		return err
	}
	plan, err := a.plan(request)
	if err != nil {
		return err
	}
	if err := a.run(plan); err != nil {
		return err
	}
	return a.cancel()
}

func (a *attempt) list() error {
	list := a.client.JobsAPI.ListJobs(a.ctx).Limit(2)
	for {
		page, _, err := list.Execute()
		if err != nil {
			return err
		}
		for _, job := range page.Jobs {
			say("job", "%s (%s)", job.Id, job.GetTitle())
		}
		if !page.HasNextPageToken() {
			return nil
		}
		list = list.PageToken(page.GetNextPageToken())
	}
}

func (a *attempt) askForWhatIsNotThere() error {
	_, _, err := a.client.RunsAPI.GetRun(a.ctx, "run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE").Execute()
	var answered *yardmaster.GenericOpenAPIError
	if !errors.As(err, &answered) {
		return fmt.Errorf("a run that does not exist was answered: %w", err)
	}
	problem, is := answered.Model().(yardmaster.Problem)
	if !is {
		return fmt.Errorf("not read as a problem: %s", answered.Body())
	}
	say("problem", "%d %s: %s", problem.Status, problem.Type, problem.Detail)
	if problem.Status != 404 || problem.Type != "/problems/run-not-found" {
		return errors.New("another problem was expected")
	}
	return nil
}

// A newer server may answer with a property or a state that this client was not generated with.
func meetWhatIsNew() error {
	var outcome yardmaster.RunOutcome
	tomorrow := `{"run_id": "run_01JD3M5ZK8Q2W4X6Y7A9B0C1DE", "job_id": "a", "status": "dreaming", "mood": "calm"}`
	if err := json.Unmarshal([]byte(tomorrow), &outcome); err != nil {
		return err
	}
	say("new", "a state of tomorrow is read as %s", outcome.Status)
	return nil
}

func (a *attempt) plan(request yardmaster.PlanRequest) (*yardmaster.Plan, error) {
	plan, _, err := a.client.PlansAPI.CreatePlan(a.ctx).PlanRequest(request).Execute()
	if err != nil {
		return nil, err
	}
	say("plan", "%s: levels %s, runnable %t", plan.PlanId, plan.Levels, plan.Runnable)
	if !plan.Runnable || plan.ExpiresAt.Before(time.Now()) {
		return nil, fmt.Errorf("the plan cannot be run: it expires at %s", plan.ExpiresAt)
	}
	return plan, nil
}

func (a *attempt) run(plan *yardmaster.Plan) error {
	request := yardmaster.RunRequest{PlanId: &plan.PlanId, Labels: map[string]string{"by": "go"}}
	run, _, err := a.client.RunsAPI.CreateRun(a.ctx).RunRequest(request).Execute()
	if err != nil {
		return err
	}
	say("run", "%s: %s", run.RunId, run.Status)
	seen := int64(0)
	err = follow(a.ctx, a.baseURL, run.RunId, func(event yardmaster.RunEvent) error {
		if seen++; event.Seq != seen {
			return fmt.Errorf("there is a gap before %d", event.Seq)
		}
		message, _ := event.AdditionalProperties["message"].(string)
		say("event", "%d %s %s %s", event.Seq, event.Type, event.GetStepId(), message)
		return nil
	})
	if err != nil {
		return err
	}

	page, _, err := a.client.RunsAPI.GetRunEvents(a.ctx, run.RunId).Execute()
	if err != nil {
		return err
	}
	if page.LastSeq != seen {
		return fmt.Errorf("the stream had %d events, the page says %d", seen, page.LastSeq)
	}
	outcome, _, err := a.client.RunsAPI.GetRunResult(a.ctx, run.RunId).Execute()
	if err != nil {
		return err
	}
	value, _ := json.Marshal(outcome.GetResult().Value)
	say("result", "%s after %d events: %s", outcome.Status, seen, value)
	if outcome.Status != yardmaster.RUNSTATUS_SUCCESS {
		return fmt.Errorf("the run ended with %s", outcome.Status)
	}
	return a.download(run.RunId)
}

func (a *attempt) download(runID string) error {
	page, _, err := a.client.ArtifactsAPI.ListArtifacts(a.ctx).RunId(runID).Execute()
	if err != nil {
		return err
	}
	for _, artifact := range page.Artifacts {
		file, _, err := a.client.ArtifactsAPI.GetArtifact(a.ctx, artifact.Id).Execute()
		if err != nil {
			return err
		}
		digest := sha256.New()
		size, err := io.Copy(digest, file)
		file.Close()
		os.Remove(file.Name())
		if err != nil {
			return err
		}
		is := hex.EncodeToString(digest.Sum(nil))
		say("artifact", "%s, %d bytes, sha256 %s", artifact.Name, size, is)
		if is != artifact.Sha256 {
			return fmt.Errorf("the digest should be %s", artifact.Sha256)
		}
	}
	return nil
}

func (a *attempt) cancel() error {
	job := "long/haul"
	run, _, err := a.client.RunsAPI.CreateRun(a.ctx).RunRequest(yardmaster.RunRequest{JobId: &job}).Execute()
	if err != nil {
		return err
	}
	asked := false
	err = follow(a.ctx, a.baseURL, run.RunId, func(event yardmaster.RunEvent) error {
		if event.Type != "step.output" || asked {
			return nil
		}
		asked = true
		say("cancel", "%s at '%s'", run.RunId, event.AdditionalProperties["message"])
		reason, grace := "Seen enough.", "2s"
		request := yardmaster.CancelRequest{Reason: &reason, Grace: &grace}
		answer, _, err := a.client.RunsAPI.CancelRun(a.ctx, run.RunId).CancelRequest(request).Execute()
		if err == nil {
			say("cancel", "%s", answer.Status)
		}
		return err
	})
	if err != nil {
		return err
	}
	outcome, _, err := a.client.RunsAPI.GetRunResult(a.ctx, run.RunId).Execute()
	if err != nil {
		return err
	}
	if outcome.Status != yardmaster.RUNSTATUS_CANCELLED {
		return fmt.Errorf("the run ended with %s", outcome.Status)
	}
	say("cancelled", "after %s", outcome.GetFinishedAt().Sub(outcome.GetStartedAt()))
	return nil
}

func say(topic, format string, values ...any) {
	fmt.Printf("%-10s %s\n", topic, fmt.Sprintf(format, values...))
}
