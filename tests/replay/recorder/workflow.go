// The two workflows of the Go worker: the commands that they give, in the order of the contract (A.6, C.4 to C.9).
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"
)

// Era is a version of the Go worker.
type Era struct {
	Seed          bool // version 1: no lifecycle, no delay, nothing is skipped, nothing asynchronous
	Unversioned   bool // older still: no GetVersion
	ContinueAfter int  // events; the first run only, or a graph without end would be continued for ever
}

var longRunning = map[string]bool{
	"allocate_inventory": true, "reserve_inventory": true, "send_email": true, "credit_check": true,
	"fraud_detection": true, "third_party_api_call": true, "reserve_shipping": true,
}

var human = map[string]bool{
	"manager_approval": true, "manual_review": true, "human_verification": true, "approval_request": true,
}

func (era Era) isHuman(kind string) bool {
	return human[kind] || (!era.Seed && kind == "seek_approval")
}

func (era Era) options(kind string) workflow.ActivityOptions {
	retry := &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: 3,
	}
	options := workflow.ActivityOptions{StartToCloseTimeout: 5 * time.Minute, RetryPolicy: retry}
	if longRunning[kind] {
		options.StartToCloseTimeout = 30 * time.Minute
		options.HeartbeatTimeout = time.Minute
	}
	if era.isHuman(kind) {
		options.StartToCloseTimeout = 7 * 24 * time.Hour
		retry.MaximumAttempts = 1
		if era.Seed {
			options.HeartbeatTimeout = time.Hour
		}
	}
	return options
}

func (era Era) lifecycle(ctx workflow.Context, name string, input any) error {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 30 * time.Second,
		RetryPolicy: &temporal.RetryPolicy{
			InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: 10 * time.Second, MaximumAttempts: 3,
		},
	})
	return workflow.ExecuteActivity(ctx, name, input).Get(ctx, nil)
}

// A run in the making.
type interpreter struct {
	era     Era
	graph   *graph
	input   WorkflowInput
	context *MergedContext
}

func (era Era) ExecuteGraphWorkflow(ctx workflow.Context, input WorkflowInput) error {
	if err := input.Validate(); err != nil {
		return fmt.Errorf("validate workflow input: %w", err)
	}
	marks := false
	if !era.Unversioned {
		most := workflow.Version(2)
		if era.Seed {
			most = 1
		}
		marks = workflow.GetVersion(ctx, "graph-interpreter", workflow.DefaultVersion, most) >= 2
	}
	if marks && input.ContinuationState == nil {
		if err := era.lifecycle(ctx, "MarkExecutionRunning", input.ExecutionID); err != nil {
			return fmt.Errorf("mark execution running: %w", err)
		}
	}
	context := newContext(input.TriggerData)
	if input.ContinuationState != nil {
		context = input.ContinuationState
	}
	run := &interpreter{era: era, graph: newGraph(input.Graph, era.Seed), input: input, context: context}
	err := run.execute(ctx, run.graph.start())
	if !marks || workflow.IsContinueAsNewError(err) {
		return err
	}
	if err != nil {
		_ = era.lifecycle(ctx, "MarkExecutionFailed", FailedInput{ExecutionID: input.ExecutionID, ErrorMessage: err.Error()})
	} else {
		_ = era.lifecycle(ctx, "MarkExecutionCompleted", input.ExecutionID)
	}
	return err
}

func (run *interpreter) execute(ctx workflow.Context, actions []ActionNode) error {
	if len(actions) == 0 {
		return nil
	}
	after := run.era.ContinueAfter
	if after > 0 && run.input.ContinuationState == nil && workflow.GetInfo(ctx).GetCurrentHistoryLength() > after {
		input := run.input
		input.ContinuationState = run.context
		return workflow.NewContinueAsNewError(ctx, "ExecuteGraphWorkflow", input)
	}
	if len(actions) == 1 {
		return run.single(ctx, actions[0])
	}
	if convergence := run.graph.convergence(actions); convergence != nil {
		return run.converge(ctx, actions, *convergence)
	}
	run.forget(ctx, actions)
	return nil
}

func (run *interpreter) single(ctx workflow.Context, action ActionNode) error {
	if !run.era.Seed && !action.IsActive {
		return run.execute(ctx, run.graph.next(action.ID, map[string]any{"output": "success"}))
	}
	result, err := run.perform(ctx, action)
	if err != nil {
		return err
	}
	return run.execute(ctx, run.graph.next(action.ID, result))
}

// Carries one action out and merges its result.
func (run *interpreter) perform(ctx workflow.Context, action ActionNode) (map[string]any, error) {
	if !run.era.Seed && action.ActionType == "delay" {
		result, err := delay(ctx, action)
		if err == nil {
			run.context.merge(action.Name, result)
		}
		return result, err
	}
	name := "ExecuteActionActivity"
	if !run.era.Seed && run.era.isHuman(action.ActionType) {
		name = "ExecuteAsyncActionActivity"
	}
	input := ActionActivityInput{
		ActionID: action.ID, ActionName: action.Name, ActionType: action.ActionType, Config: action.ActionConfig,
		Context: run.context.Flattened, RuleID: run.input.RuleID, ExecutionID: run.input.ExecutionID,
		RuleName: run.input.RuleName,
	}
	var output ActionActivityOutput
	options := workflow.WithActivityOptions(ctx, run.era.options(action.ActionType))
	if err := workflow.ExecuteActivity(options, name, input).Get(ctx, &output); err != nil {
		return nil, fmt.Errorf("execute action %s (%s): %w", action.Name, action.ID, err)
	}
	run.context.merge(action.Name, output.Result)
	return output.Result, nil
}

func delay(ctx workflow.Context, action ActionNode) (map[string]any, error) {
	var config struct {
		Duration string `json:"duration"`
	}
	if err := json.Unmarshal(action.ActionConfig, &config); err != nil {
		return nil, fmt.Errorf("delay action %s: invalid delay config: %w", action.Name, err)
	}
	duration, err := time.ParseDuration(config.Duration)
	if err != nil {
		return nil, fmt.Errorf("delay action %s: invalid delay duration %q: %w", action.Name, config.Duration, err)
	}
	if duration <= 0 {
		return nil, fmt.Errorf("delay action %s: delay duration must be positive, got %s", action.Name, duration)
	}
	if err := workflow.Sleep(ctx, duration); err != nil {
		return nil, fmt.Errorf("delay sleep %s: %w", action.Name, err)
	}
	return map[string]any{"delayed": true, "duration": duration.String()}, nil
}

func (run *interpreter) branch(ctx workflow.Context, kind string, policy enums.ParentClosePolicy, index int,
	start ActionNode, convergence string, context *MergedContext) workflow.ChildWorkflowFuture {
	options := workflow.ChildWorkflowOptions{
		WorkflowID:        fmt.Sprintf("%s-%s-%d-%s", workflow.GetInfo(ctx).WorkflowExecution.ID, kind, index, start.ID),
		ParentClosePolicy: policy,
	}
	return workflow.ExecuteChildWorkflow(workflow.WithChildOptions(ctx, options), "ExecuteBranchUntilConvergence",
		BranchInput{
			StartAction: start, ConvergencePoint: convergence, Graph: run.input.Graph, InitialContext: context,
			RuleID: run.input.RuleID, ExecutionID: run.input.ExecutionID, RuleName: run.input.RuleName,
		})
}

func (run *interpreter) converge(ctx workflow.Context, actions []ActionNode, convergence ActionNode) error {
	var futures []workflow.ChildWorkflowFuture
	for i, action := range actions {
		futures = append(futures, run.branch(ctx, "branch", enums.PARENT_CLOSE_POLICY_UNSPECIFIED, i, action, convergence.ID, run.context))
	}
	outputs := make([]BranchOutput, len(actions))
	failures := make([]error, len(actions))
	for i, future := range futures {
		failures[i] = future.Get(ctx, &outputs[i])
	}
	for i, failure := range failures {
		if failure != nil {
			return fmt.Errorf("branch %d (%s) failed: %w", i, actions[i].Name, failure)
		}
	}
	for _, output := range outputs {
		for name, result := range output.ActionResults {
			run.context.merge(name, result)
		}
	}
	return run.single(ctx, convergence)
}

func (run *interpreter) forget(ctx workflow.Context, actions []ActionNode) {
	for i, action := range actions {
		run.branch(ctx, "fire-forget", enums.PARENT_CLOSE_POLICY_ABANDON, i, action, nobody, run.context.clone())
	}
}

func (era Era) ExecuteBranchUntilConvergence(ctx workflow.Context, input BranchInput) (BranchOutput, error) {
	if input.InitialContext == nil {
		return BranchOutput{}, errors.New("initial_context is required")
	}
	run := &interpreter{
		era: era, graph: newGraph(input.Graph, era.Seed), context: input.InitialContext.clone(),
		input: WorkflowInput{RuleID: input.RuleID, RuleName: input.RuleName, ExecutionID: input.ExecutionID, Graph: input.Graph},
	}
	for current := input.StartAction; current.ID != input.ConvergencePoint; {
		result, err := run.perform(ctx, current)
		if err != nil {
			return BranchOutput{}, err
		}
		next := run.graph.next(current.ID, result)
		if len(next) == 0 {
			break
		}
		current = next[0]
	}
	return BranchOutput{ActionResults: run.context.ActionResults}, nil
}
