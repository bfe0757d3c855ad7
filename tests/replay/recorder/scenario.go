// What is recorded: rules, how their actions end, and what a worker that takes over must make of each moment.
package main

import (
	"encoding/json"
	"fmt"
)

// Expect is what must be made of a history. Actions: "A=finished/activity B=running/branch"; those left out wait.
// Next: what would be done now, "; " between, as `replay` prints it.
type Expect struct {
	Actions string
	Next    string
}

// Check is a worker taking over with the first workflow task after something: "start", an action's name (its end),
// "branches" (the end of the last), "timer", "cancel", or the name of a lifecycle activity.
type Check struct {
	After string
	Expect
}

// Branch is what must be made of a child's history. Start: the name of its first action.
type Branch struct {
	Start    string
	Complete Expect
	Checks   []Check
}

// Result is how one attempt of an action ends.
type Result struct {
	Value   map[string]any
	Error   string
	Pending bool // is completed by token
}

type Scenario struct {
	Name, What string
	Era        Era
	Graph      GraphDefinition
	Results    map[string][]Result // one an attempt, the last one for all others; none: success
	Hold       []string            // "A", or "A#2" its second attempt: waits until the script lets it go
	Script     func(play *Play)
	Complete   Expect
	Checks     []Check
	Branches   []Branch
	Second     *Second // the run that continues this one
}

type Second struct {
	Complete Expect
	Checks   []Check
}

func (scenario Scenario) executionID(number int) string {
	return fmt.Sprintf("22222222-2222-4222-8222-%012d", number)
}

func actionID(name string) string {
	return fmt.Sprintf("a0000000-0000-4000-8000-0000000000%02x", name[0])
}

// Drawing is a graph in the making.
type Drawing struct {
	definition GraphDefinition
}

func draw() *Drawing {
	return &Drawing{}
}

func raw(config any) json.RawMessage {
	written, err := json.Marshal(config)
	if err != nil {
		panic(err)
	}
	return written
}

func (drawing *Drawing) action(name, kind string, config any) *Drawing {
	drawing.definition.Actions = append(drawing.definition.Actions, ActionNode{
		ID: actionID(name), Name: name, ActionType: kind, ActionConfig: raw(config), IsActive: true, DeactivatedBy: nobody,
	})
	return drawing
}

// Short actions, which our worker carries out within the workflow task.
func (drawing *Drawing) checks(names ...string) *Drawing {
	for _, name := range names {
		drawing.action(name, "evaluate_condition", map[string]any{"conditions": []any{
			map[string]any{"field_name": "total", "operator": "greater_than", "value": 1000}}})
	}
	return drawing
}

// Long ones, which stay activities.
func (drawing *Drawing) mails(names ...string) *Drawing {
	for _, name := range names {
		drawing.action(name, "send_email", map[string]any{
			"recipients": []string{"ana@example.org"}, "subject": name, "body": "Order {{number}}"})
	}
	return drawing
}

func (drawing *Drawing) delay(name, duration string) *Drawing {
	return drawing.action(name, "delay", map[string]any{"duration": duration})
}

func (drawing *Drawing) approval(name string) *Drawing {
	return drawing.action(name, "seek_approval", map[string]any{
		"approvers": []string{"f3c95789-ace1-4954-ac5d-6baed2eac902"}, "approval_type": "any"})
}

func (drawing *Drawing) inactive(name string) *Drawing {
	for i := range drawing.definition.Actions {
		if drawing.definition.Actions[i].Name == name {
			drawing.definition.Actions[i].IsActive = false
			drawing.definition.Actions[i].DeactivatedBy = "f3c95789-ace1-4954-ac5d-6baed2eac902"
		}
	}
	return drawing
}

func (drawing *Drawing) edge(kind, source, target, output string) *Drawing {
	number := len(drawing.definition.Edges) + 1
	edge := ActionEdge{
		ID: fmt.Sprintf("e0000000-0000-4000-8000-%012d", number), TargetActionID: actionID(target), EdgeType: kind,
		SortOrder: number,
	}
	if source != "" {
		id := actionID(source)
		edge.SourceActionID = &id
	}
	if output != "" {
		edge.SourceOutput = &output
	}
	drawing.definition.Edges = append(drawing.definition.Edges, edge)
	return drawing
}

func (drawing *Drawing) starts(targets ...string) *Drawing {
	for _, target := range targets {
		drawing.edge("start", "", target, "")
	}
	return drawing
}

// Each pair "AB" is an edge from A to B.
func (drawing *Drawing) links(pairs ...string) *Drawing {
	for _, pair := range pairs {
		drawing.edge("sequence", pair[:1], pair[1:], "")
	}
	return drawing
}

func (drawing *Drawing) graph() GraphDefinition {
	return drawing.definition
}

func (era Era) succeeded() map[string]any {
	if era.Seed {
		return map[string]any{"status": "done"}
	}
	return map[string]any{"output": "success", "status": "done"}
}

// What evaluate_condition gives.
func (era Era) judged(good bool) Result {
	result := map[string]any{"evaluated": true, "result": good}
	if era.Seed {
		result["branch_taken"] = fmt.Sprintf("%t_branch", good)
	} else {
		result["output"] = fmt.Sprint(good)
	}
	return Result{Value: result}
}
