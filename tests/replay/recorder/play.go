// One scenario on the stage: its activities wait where the script says, and moments are noted meanwhile.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"sort"
	"strings"
	"sync"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/activity"
	"go.temporal.io/sdk/client"
)

type Play struct {
	scenario Scenario
	client   client.Client
	tool     []string // temporal --address ...
	id       string

	mutex   sync.Mutex
	changed *sync.Cond
	running map[string]bool
	gates   map[string]chan struct{}
	tokens  map[string][]byte
	moments []moment
}

// The number of events that each workflow has at a moment, and what must be made of them.
type moment struct {
	what     string
	events   map[string][]json.RawMessage
	expected map[string]Expect // by workflow id
}

func newPlay(scenario Scenario, temporal client.Client, tool []string, id string) *Play {
	play := &Play{scenario: scenario, client: temporal, tool: tool, id: id}
	play.changed = sync.NewCond(&play.mutex)
	play.running = map[string]bool{}
	play.gates = map[string]chan struct{}{}
	play.tokens = map[string][]byte{}
	for _, name := range scenario.Hold {
		play.gates[name] = make(chan struct{})
	}
	return play
}

// ---- activities ----

func (play *Play) enter(ctx context.Context, name string) int {
	attempt := int(activity.GetInfo(ctx).Attempt)
	if attempt > 1 {
		name = fmt.Sprintf("%s#%d", name, attempt)
	}
	play.mutex.Lock()
	play.running[name] = true
	play.tokens[name] = activity.GetInfo(ctx).TaskToken
	gate := play.gates[name]
	play.mutex.Unlock()
	play.changed.Broadcast()
	if gate != nil {
		<-gate
	}
	return attempt
}

func (play *Play) act(ctx context.Context, input ActionActivityInput) (ActionActivityOutput, error) {
	attempt := play.enter(ctx, input.ActionName)
	output := ActionActivityOutput{ActionID: input.ActionID, ActionName: input.ActionName, Success: true}
	output.Result = play.scenario.Era.succeeded()
	results := play.scenario.Results[input.ActionName]
	if len(results) == 0 {
		return output, nil
	}
	result := results[min(attempt, len(results))-1]
	if result.Pending {
		return output, activity.ErrResultPending
	}
	if result.Error != "" {
		return ActionActivityOutput{}, fmt.Errorf("action %s (%s): execute: %w", input.ActionName, input.ActionID,
			errors.New(result.Error))
	}
	output.Result = result.Value
	return output, nil
}

func (play *Play) ExecuteActionActivity(ctx context.Context, input ActionActivityInput) (ActionActivityOutput, error) {
	return play.act(ctx, input)
}

func (play *Play) ExecuteAsyncActionActivity(ctx context.Context, input ActionActivityInput) (ActionActivityOutput, error) {
	return play.act(ctx, input)
}

func (play *Play) MarkExecutionRunning(ctx context.Context, _ string) error {
	play.enter(ctx, "MarkExecutionRunning")
	return nil
}

func (play *Play) MarkExecutionCompleted(ctx context.Context, _ string) error {
	play.enter(ctx, "MarkExecutionCompleted")
	return nil
}

func (play *Play) MarkExecutionFailed(ctx context.Context, _ FailedInput) error {
	play.enter(ctx, "MarkExecutionFailed")
	return nil
}

// ---- what scripts say ----

// Running waits until all of these have begun.
func (play *Play) Running(names ...string) {
	play.mutex.Lock()
	defer play.mutex.Unlock()
	for _, name := range names {
		for !play.running[name] {
			play.changed.Wait()
		}
	}
}

func (play *Play) Let(names ...string) {
	for _, name := range names {
		close(play.gates[name])
	}
}

// Answer completes an activity by its token, as the main service does: without the action's id.
func (play *Play) Answer(name string, result map[string]any) {
	output := ActionActivityOutput{ActionID: nobody, ActionName: name, Result: result, Success: true}
	if err := play.client.CompleteActivity(context.Background(), play.tokens[name], output, nil); err != nil {
		panic(err)
	}
}

func (play *Play) Cancel() {
	if err := play.client.CancelWorkflow(context.Background(), play.id, ""); err != nil {
		panic(err)
	}
}

// Until waits until the run has so many events of a type.
func (play *Play) Until(kind string, count int) {
	for play.count(kind) < count {
		time.Sleep(20 * time.Millisecond)
	}
}

func (play *Play) count(kind string) int {
	count := 0
	for _, event := range play.show(play.id, "") {
		if kindOf(event) == kind {
			count++
		}
	}
	return count
}

// Snap notes the moment: what must be made of the run, and of its branches by the name of their first action.
func (play *Play) Snap(what string, expected Expect, branches ...Branch) {
	play.settle(play.id)
	noted := moment{what: what, events: map[string][]json.RawMessage{}, expected: map[string]Expect{play.id: expected}}
	noted.events[play.id] = play.show(play.id, "")
	for _, child := range play.children(noted.events[play.id]) {
		play.settle(child)
		for _, branch := range branches {
			if strings.HasSuffix(child, actionID(branch.Start)) {
				noted.events[child] = play.show(child, "")
				noted.expected[child] = branch.Complete
			}
		}
	}
	// What the settling of the branches has brought.
	play.settle(play.id)
	noted.events[play.id] = play.show(play.id, "")
	play.moments = append(play.moments, noted)
}

// Waits until no workflow task is under way.
func (play *Play) settle(id string) {
	for {
		described, err := play.client.DescribeWorkflowExecution(context.Background(), id, "")
		if err == nil && described.PendingWorkflowTask == nil {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// ---- histories ----

// The events as the command line tool writes them.
func (play *Play) show(id, run string) []json.RawMessage {
	arguments := append(append([]string{}, play.tool[1:]...), "workflow", "show", "--workflow-id", id, "--output", "json")
	if run != "" {
		arguments = append(arguments, "--run-id", run)
	}
	written, err := exec.Command(play.tool[0], arguments...).Output()
	if err != nil {
		panic(fmt.Errorf("workflow show %s: %w", id, err))
	}
	var history struct{ Events []json.RawMessage }
	if err := json.Unmarshal(written, &history); err != nil {
		panic(err)
	}
	return history.Events
}

type event struct {
	EventID   string `json:"eventId"`
	EventType string `json:"eventType"`
	Started   *struct {
		ContinuedExecutionRunID string `json:"continuedExecutionRunId"`
	} `json:"workflowExecutionStartedEventAttributes"`
	Scheduled *struct {
		ActivityType struct{ Name string }
		Input        struct{ Payloads []struct{ Data []byte } }
	} `json:"activityTaskScheduledEventAttributes"`
	Completed *ended `json:"activityTaskCompletedEventAttributes"`
	Failed    *ended `json:"activityTaskFailedEventAttributes"`
	Initiated *struct {
		WorkflowID string `json:"workflowId"`
	} `json:"startChildWorkflowExecutionInitiatedEventAttributes"`
	Continued *struct {
		NewExecutionRunID string `json:"newExecutionRunId"`
	} `json:"workflowExecutionContinuedAsNewEventAttributes"`
}

type ended struct {
	ScheduledEventID string `json:"scheduledEventId"`
}

func read(written json.RawMessage) event {
	var read event
	if err := json.Unmarshal(written, &read); err != nil {
		panic(err)
	}
	read.EventType = strings.TrimPrefix(read.EventType, "EVENT_TYPE_")
	return read
}

func kindOf(written json.RawMessage) string {
	return read(written).EventType
}

func (play *Play) children(events []json.RawMessage) []string {
	found := map[string]bool{}
	for _, written := range events {
		if initiated := read(written).Initiated; initiated != nil {
			found[initiated.WorkflowID] = true
		}
	}
	var ids []string
	for id := range found {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	return ids
}

// What an event of ActivityTaskScheduled is for: the action's name, or the name of a lifecycle activity.
func purpose(scheduled event) string {
	var input ActionActivityInput
	if len(scheduled.Scheduled.Input.Payloads) > 0 {
		_ = json.Unmarshal(scheduled.Scheduled.Input.Payloads[0].Data, &input)
	}
	if input.ActionName != "" {
		return input.ActionName
	}
	return scheduled.Scheduled.ActivityType.Name
}

// The number of the first workflow task's start after the thing; panics when there is none.
func takeover(events []json.RawMessage, after string) int {
	purposes := map[string]string{}
	begun := -1
	for i, written := range events {
		current := read(written)
		happened := after == "start" && i == 0
		switch {
		case current.Scheduled != nil:
			purposes[current.EventID] = purpose(current)
		case current.Completed != nil:
			happened = purposes[current.Completed.ScheduledEventID] == after
		case current.Failed != nil:
			happened = purposes[current.Failed.ScheduledEventID] == after
		case strings.HasPrefix(current.EventType, "CHILD_WORKFLOW_EXECUTION_") && current.EventType != "CHILD_WORKFLOW_EXECUTION_STARTED":
			happened = after == "branches"
		case current.EventType == "TIMER_FIRED":
			happened = after == "timer"
		case current.EventType == "WORKFLOW_EXECUTION_CANCEL_REQUESTED":
			happened = after == "cancel"
		}
		if happened {
			begun = i
		}
	}
	for i := begun + 1; begun >= 0 && i < len(events); i++ {
		if kindOf(events[i]) == "WORKFLOW_TASK_STARTED" {
			return i + 1
		}
	}
	panic("no workflow task after " + after)
}

// Waits for the end of a workflow; there may be none: the server starts no child of a parent that is over.
func (play *Play) wait(id string) {
	for {
		described, err := play.client.DescribeWorkflowExecution(context.Background(), id, "")
		var missing *serviceerror.NotFound
		if errors.As(err, &missing) {
			return
		}
		if err == nil && described.WorkflowExecutionInfo.Status != enums.WORKFLOW_EXECUTION_STATUS_RUNNING {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// A history only grows: what was noted must be how it begins.
func mustBegin(events, noted []json.RawMessage) {
	for i := range noted {
		if !bytes.Equal(compact(events[i]), compact(noted[i])) {
			panic(fmt.Sprintf("event %d was once %s and is now %s", i+1, noted[i], events[i]))
		}
	}
}

func compact(written json.RawMessage) []byte {
	var buffer bytes.Buffer
	if err := json.Compact(&buffer, written); err != nil {
		panic(err)
	}
	return buffer.Bytes()
}
