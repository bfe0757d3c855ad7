// A worker that behaves as the Go worker of the ERP does, to record histories of it and to take runs over from it.
//
//	recorder record -tool TEMPORAL -address HOST:PORT -out FOLDER [NAME...]
//	recorder work -address HOST:PORT -queue NAME [-seed] [-pause DURATION]
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/log"
	"go.temporal.io/sdk/worker"
	"go.temporal.io/sdk/workflow"
)

const queue = "ichor-workflow-queue"

// What the manifest says of a history.
type History struct {
	File   string   `json:"file"`
	What   string   `json:"what"`
	Type   string   `json:"type"`
	Checks []Moment `json:"checks"`
}

// Moment is how much of the history there was, and what must be made of it.
type Moment struct {
	Events  int               `json:"events"`
	What    string            `json:"what"`
	Actions map[string]string `json:"actions"`
	Next    []string          `json:"next"`
}

func trigger() map[string]any {
	return map[string]any{
		"number": "SO-2026-1042", "total": 1849.5, "event_type": "on_create", "entity_name": "orders",
		"entity_id": "0ecaf828-e2f7-4553-8fcc-69d79561a0d1", "user_id": "f3c95789-ace1-4954-ac5d-6baed2eac902",
		"timestamp": "2026-06-17 09:12:44.108233 +0000 UTC",
	}
}

func newMoment(events int, what string, expected Expect) Moment {
	moment := Moment{Events: events, What: what, Actions: map[string]string{}, Next: []string{}}
	for _, part := range strings.Fields(expected.Actions) {
		name, state, _ := strings.Cut(part, "=")
		moment.Actions[name] = strings.ReplaceAll(state, "/", " ")
	}
	if expected.Next != "" {
		moment.Next = strings.Split(expected.Next, "; ")
	}
	return moment
}

func newWorker(temporal client.Client, queue string, era Era, activities any) worker.Worker {
	made := worker.New(temporal, queue, worker.Options{})
	made.RegisterWorkflowWithOptions(era.ExecuteGraphWorkflow, workflow.RegisterOptions{Name: "ExecuteGraphWorkflow"})
	made.RegisterWorkflowWithOptions(era.ExecuteBranchUntilConvergence,
		workflow.RegisterOptions{Name: "ExecuteBranchUntilConvergence"})
	made.RegisterActivityWithOptions(activities, activity.RegisterOptions{SkipInvalidStructFunctions: true})
	return made
}

func dial(address string) client.Client {
	// An identity as the contract has it, without the name of this machine.
	temporal, err := client.Dial(client.Options{HostPort: address, Identity: "7@ichor@",
		Logger: log.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))})
	if err != nil {
		panic(err)
	}
	return temporal
}

// ---- record ----

type recorder struct {
	folder    string
	histories []History
}

func (r *recorder) write(play *Play, name, what, kind, id, run string, complete Expect, checks []Check) {
	events := play.show(id, run)
	history := History{File: name + ".json", What: what, Type: kind}
	for _, noted := range play.moments {
		if seen := noted.events[id]; seen != nil && run == "" {
			mustBegin(events, seen)
			history.Checks = append(history.Checks, newMoment(len(seen), noted.what, noted.expected[id]))
		}
	}
	for _, check := range checks {
		what := "a workflow task after: " + check.After
		history.Checks = append(history.Checks, newMoment(takeover(events, check.After), what, check.Expect))
	}
	history.Checks = append(history.Checks, newMoment(len(events), "all", complete))
	slices.SortStableFunc(history.Checks, func(a, b Moment) int { return a.Events - b.Events })
	r.histories = append(r.histories, history)
	writeHistory(filepath.Join(r.folder, history.File), events)
}

// One event a line.
func writeHistory(file string, events []json.RawMessage) {
	var written bytes.Buffer
	written.WriteString("{\"events\":[")
	for i, event := range events {
		if i > 0 {
			written.WriteString(",")
		}
		written.WriteString("\n")
		written.Write(compact(event))
	}
	written.WriteString("\n]}\n")
	if err := os.WriteFile(file, written.Bytes(), 0o644); err != nil {
		panic(err)
	}
}

func (r *recorder) record(play *Play) {
	scenario := play.scenario
	events := play.show(play.id, "")
	first := ""
	if scenario.Second != nil {
		first = read(events[0]).Started.ContinuedExecutionRunID
		r.write(play, scenario.Name+".2", scenario.What+": the second run", "ExecuteGraphWorkflow", play.id, "",
			scenario.Second.Complete, scenario.Second.Checks)
	}
	r.write(play, scenario.Name, scenario.What, "ExecuteGraphWorkflow", play.id, first, scenario.Complete, scenario.Checks)
	for _, child := range play.children(events) {
		for _, branch := range scenario.Branches {
			if strings.HasSuffix(child, actionID(branch.Start)) {
				r.write(play, scenario.Name+"-"+branch.Start, scenario.What+": the branch of "+branch.Start,
					"ExecuteBranchUntilConvergence", child, "", branch.Complete, branch.Checks)
			}
		}
	}
}

func (r *recorder) run(scenario Scenario, number int, temporal client.Client, tool []string) {
	input := WorkflowInput{
		RuleID: "d4e9fa63-3313-43f0-9fa0-57702e2677a6", RuleName: scenario.Name,
		ExecutionID: scenario.executionID(number), Graph: scenario.Graph, TriggerData: trigger(),
	}
	id := fmt.Sprintf("workflow-%s-%s", input.RuleID, input.ExecutionID)
	play := newPlay(scenario, temporal, tool, id)
	performing := newWorker(temporal, queue, scenario.Era, play)
	if err := performing.Start(); err != nil {
		panic(err)
	}
	defer performing.Stop()
	options := client.StartWorkflowOptions{ID: id, TaskQueue: queue}
	if _, err := temporal.ExecuteWorkflow(context.Background(), options, "ExecuteGraphWorkflow", input); err != nil {
		panic(err)
	}
	if scenario.Script != nil {
		scenario.Script(play)
	}
	play.wait(id)
	for _, child := range play.children(play.show(id, "")) {
		play.wait(child)
	}
	r.record(play)
	fmt.Println(scenario.Name)
}

func writeJSON(file string, value any) {
	written, err := json.MarshalIndent(value, "", " ")
	if err == nil {
		err = os.WriteFile(file, append(written, '\n'), 0o644)
	}
	if err != nil {
		panic(err)
	}
}

func record(arguments []string) {
	flags := flag.NewFlagSet("record", flag.ExitOnError)
	tool := flags.String("tool", "temporal", "the official command line tool")
	address := flags.String("address", "127.0.0.1:7233", "of the dev server")
	folder := flags.String("out", "", "where the histories go, and manifest.json when all are recorded")
	_ = flags.Parse(arguments)
	temporal := dial(*address)
	made := &recorder{folder: *folder}
	for number, scenario := range scenarios() {
		if flags.NArg() == 0 || slices.Contains(flags.Args(), scenario.Name) {
			made.run(scenario, number+1, temporal, []string{*tool, "--address", *address, "--color", "never"})
		}
	}
	if flags.NArg() == 0 {
		writeJSON(filepath.Join(*folder, "manifest.json"), made.histories)
	}
}

// ---- work ----

// Slow is what the live worker performs: every action succeeds, after a while.
type Slow struct {
	era   Era
	pause time.Duration
}

func (slow *Slow) act(ctx context.Context, input ActionActivityInput) (ActionActivityOutput, error) {
	fmt.Printf("%s begins\n", input.ActionName)
	select {
	case <-time.After(slow.pause):
	case <-ctx.Done():
		return ActionActivityOutput{}, ctx.Err()
	}
	fmt.Printf("%s ends\n", input.ActionName)
	result := slow.era.succeeded()
	if input.ActionType == "evaluate_condition" {
		result = slow.era.judged(true).Value
	}
	return ActionActivityOutput{ActionID: input.ActionID, ActionName: input.ActionName, Result: result, Success: true}, nil
}

func (slow *Slow) ExecuteActionActivity(ctx context.Context, input ActionActivityInput) (ActionActivityOutput, error) {
	return slow.act(ctx, input)
}

func (slow *Slow) ExecuteAsyncActionActivity(_ context.Context, input ActionActivityInput) (ActionActivityOutput, error) {
	fmt.Printf("%s waits for a person\n", input.ActionName)
	return ActionActivityOutput{}, activity.ErrResultPending
}

func (slow *Slow) MarkExecutionRunning(context.Context, string) error     { return nil }
func (slow *Slow) MarkExecutionCompleted(context.Context, string) error   { return nil }
func (slow *Slow) MarkExecutionFailed(context.Context, FailedInput) error { return nil }

func work(arguments []string) {
	flags := flag.NewFlagSet("work", flag.ExitOnError)
	address := flags.String("address", "127.0.0.1:7233", "of the dev server")
	name := flags.String("queue", queue, "task queue")
	old := flags.Bool("seed", false, "version 1")
	pause := flags.Duration("pause", time.Second, "how long each action takes")
	_ = flags.Parse(arguments)
	era := Era{Seed: *old}
	performing := newWorker(dial(*address), *name, era, &Slow{era: era, pause: *pause})
	if err := performing.Run(worker.InterruptCh()); err != nil {
		panic(err)
	}
}

func main() {
	switch {
	case len(os.Args) > 1 && os.Args[1] == "record":
		record(os.Args[2:])
	case len(os.Args) > 1 && os.Args[1] == "work":
		work(os.Args[2:])
	default:
		fmt.Fprintln(os.Stderr, "usage: recorder record|work [OPTION...]; see main.go")
		os.Exit(2)
	}
}
