// The documents of the Go worker, as its contract has them: keys, their order, what is omitted.
package main

import (
	"encoding/json"
	"errors"
)

const nobody = "00000000-0000-0000-0000-000000000000"

type ActionNode struct {
	ID            string          `json:"id"`
	Name          string          `json:"name"`
	Description   string          `json:"description"`
	ActionType    string          `json:"action_type"`
	ActionConfig  json.RawMessage `json:"action_config"`
	IsActive      bool            `json:"is_active"`
	DeactivatedBy string          `json:"deactivated_by"`
}

type ActionEdge struct {
	ID             string  `json:"id"`
	SourceActionID *string `json:"source_action_id"`
	TargetActionID string  `json:"target_action_id"`
	EdgeType       string  `json:"edge_type"`
	SourceOutput   *string `json:"source_output,omitempty"`
	SortOrder      int     `json:"sort_order"`
}

type GraphDefinition struct {
	Actions []ActionNode `json:"actions"`
	Edges   []ActionEdge `json:"edges"`
}

type MergedContext struct {
	TriggerData   map[string]any            `json:"trigger_data"`
	ActionResults map[string]map[string]any `json:"action_results"`
	Flattened     map[string]any            `json:"flattened"`
}

type WorkflowInput struct {
	RuleID            string          `json:"rule_id"`
	RuleName          string          `json:"rule_name"`
	ExecutionID       string          `json:"execution_id"`
	Graph             GraphDefinition `json:"graph"`
	TriggerData       map[string]any  `json:"trigger_data"`
	ContinuationState *MergedContext  `json:"continuation_state,omitempty"`
}

type BranchInput struct {
	StartAction      ActionNode      `json:"start_action"`
	ConvergencePoint string          `json:"convergence_point"`
	Graph            GraphDefinition `json:"graph"`
	InitialContext   *MergedContext  `json:"initial_context"`
	RuleID           string          `json:"rule_id"`
	ExecutionID      string          `json:"execution_id"`
	RuleName         string          `json:"rule_name"`
}

type BranchOutput struct {
	ActionResults map[string]map[string]any `json:"action_results"`
}

type ActionActivityInput struct {
	ActionID    string          `json:"action_id"`
	ActionName  string          `json:"action_name"`
	ActionType  string          `json:"action_type"`
	Config      json.RawMessage `json:"config"`
	Context     map[string]any  `json:"context"`
	RuleID      string          `json:"rule_id"`
	ExecutionID string          `json:"execution_id"`
	RuleName    string          `json:"rule_name"`
}

type ActionActivityOutput struct {
	ActionID   string         `json:"action_id"`
	ActionName string         `json:"action_name"`
	Result     map[string]any `json:"result"`
	Success    bool           `json:"success"`
}

// MarkExecutionFailed takes this one, whose keys are Go's own.
type FailedInput struct {
	ExecutionID  string
	ErrorMessage string
}

func (input WorkflowInput) Validate() error {
	if input.RuleID == "" || input.RuleID == nobody {
		return errors.New("rule_id is required")
	}
	if input.ExecutionID == "" || input.ExecutionID == nobody {
		return errors.New("execution_id is required")
	}
	if len(input.Graph.Actions) == 0 {
		return errors.New("graph must contain at least one action")
	}
	for _, edge := range input.Graph.Edges {
		if edge.EdgeType == "start" {
			return nil
		}
	}
	return errors.New("graph must contain at least one start edge")
}

func newContext(trigger map[string]any) *MergedContext {
	flattened := map[string]any{}
	for key, value := range trigger {
		flattened[key] = value
	}
	return &MergedContext{TriggerData: trigger, ActionResults: map[string]map[string]any{}, Flattened: flattened}
}

func (context *MergedContext) merge(name string, result map[string]any) {
	if result == nil {
		result = map[string]any{}
	}
	context.ActionResults[name] = result
	for key, value := range result {
		context.Flattened[name+"."+key] = value
	}
	context.Flattened[name] = result
}

func (context *MergedContext) clone() *MergedContext {
	copied := &MergedContext{TriggerData: context.TriggerData, ActionResults: map[string]map[string]any{}, Flattened: map[string]any{}}
	for key, value := range context.ActionResults {
		copied.ActionResults[key] = value
	}
	for key, value := range context.Flattened {
		copied.Flattened[key] = value
	}
	return copied
}
