package main

import (
	"context"
	"fmt"
)

var (
	seed        = Era{Seed: true}
	head        = Era{}
	unversioned = Era{Seed: true, Unversioned: true}
)

func then(name, what string, expected Expect, branches ...Branch) func(*Play) {
	return func(play *Play) {
		play.Running(name)
		play.Snap(what, expected, branches...)
		play.Let(name)
	}
}

func scripts(parts ...func(*Play)) func(*Play) {
	return func(play *Play) {
		for _, part := range parts {
			part(play)
		}
	}
}

func scenarios() []Scenario {
	var all []Scenario
	for _, some := range [][]Scenario{chains(), conditions(), branches(), oddBranches(), waiting(), endings(), living()} {
		all = append(all, some...)
	}
	return all
}

func chains() []Scenario {
	chain := draw().checks("A").mails("B", "C").starts("A").links("AB", "BC").graph()
	beginning := Check{"start", Expect{"A=ready", "perform A here"}}
	end := Expect{"A=finished/activity B=finished/activity C=finished/activity", ""}
	middle := []Check{
		{"A", Expect{"A=finished/activity B=ready", "schedule B"}},
		{"B", Expect{"A=finished/activity B=finished/activity C=ready", "schedule C"}},
	}
	last := Expect{end.Actions, "complete"}
	seedScript := scripts(then("A", "A is running", Expect{"A=running/activity", ""}),
		then("B", "B is running", Expect{"A=finished/activity B=running/activity", ""}))
	five := draw().checks("A").mails("B", "C", "D", "E").starts("A").links("AB", "BC", "CD", "DE").graph()
	continued := Expect{"A=finished/activity B=finished/activity C=ready", ""}
	second := func(after string) *Second {
		known := "A=finished/earlier B=finished/earlier "
		return &Second{
			Complete: Expect{known + "C=finished/activity D=finished/activity E=finished/activity", ""},
			Checks: []Check{
				{"start", Expect{known + "C=ready", "schedule C"}},
				{"B", Expect{known + "C=ready", "schedule C"}},
				{"C", Expect{known + "C=finished/activity D=ready", "schedule D"}},
				{after, Expect{known + "C=finished/activity D=finished/activity E=finished/activity", "complete"}},
			},
		}
	}
	return []Scenario{
		{Name: "n-chain", What: "three actions, before there were versions", Era: unversioned, Graph: chain,
			Hold: []string{"A", "B"}, Script: seedScript, Complete: end,
			Checks: append([]Check{beginning, {"C", last}}, middle...)},
		{Name: "s-chain", What: "three actions, version 1", Era: seed, Graph: chain,
			Hold: []string{"A", "B"}, Script: seedScript, Complete: end,
			Checks: append([]Check{beginning, {"C", last}}, middle...)},
		{Name: "h-chain", What: "three actions, version 2 with its lifecycle activities", Era: head, Graph: chain,
			Hold: []string{"MarkExecutionRunning", "A", "MarkExecutionCompleted"},
			Script: scripts(
				then("MarkExecutionRunning", "it is being marked as running", beginning.Expect),
				then("A", "A is running", Expect{"A=running/activity", ""}),
				then("MarkExecutionCompleted", "it is being marked as completed", last)),
			Complete: end,
			Checks: append([]Check{beginning, {"MarkExecutionRunning", beginning.Expect},
				{"MarkExecutionCompleted", last}}, middle...)},
		{Name: "s-continued", What: "continued as new after B; the Go worker begins again", Graph: five,
			Era: Era{Seed: true, ContinueAfter: 16}, Complete: continued, Second: second("E"),
			Checks: []Check{{"B", Expect{continued.Actions, "schedule C"}}}},
		{Name: "h-continued", What: "continued as new after B; the Go worker begins again", Graph: five,
			Era: Era{ContinueAfter: 22}, Complete: continued, Second: second("MarkExecutionCompleted"),
			Checks: []Check{{"B", Expect{continued.Actions, "schedule C"}}}},
	}
}

func conditions() []Scenario {
	drawn := func() *Drawing { return draw().checks("A").mails("P", "Q", "M").starts("A") }
	old := drawn().edge("true_branch", "A", "P", "").edge("false_branch", "A", "Q", "").links("PM", "QM").graph()
	outputs := drawn().edge("sequence", "A", "P", "true").edge("sequence", "A", "Q", "false").links("PM", "QM").graph()
	inactive := draw().checks("A").mails("P", "Q").inactive("A").starts("A").
		edge("sequence", "A", "P", "true").edge("sequence", "A", "Q", "false").graph()
	unreached := draw().checks("A", "B", "C").mails("D").starts("A").links("AB", "AC").
		edge("sequence", "B", "D", "true").edge("sequence", "C", "D", "true").graph()
	return []Scenario{
		{Name: "s-condition", What: "a condition that holds, edges true_branch and false_branch", Era: seed, Graph: old,
			Results: map[string][]Result{"A": {seed.judged(true)}}, Hold: []string{"P"},
			Script:   then("P", "P is running", Expect{"A=finished/activity P=running/activity Q=dead", ""}),
			Complete: Expect{"A=finished/activity P=finished/activity Q=dead M=finished/activity", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity P=ready Q=dead", "schedule P"}},
				{"P", Expect{"A=finished/activity P=finished/activity Q=dead M=ready", "schedule M"}}}},
		{Name: "h-condition", What: "a condition that does not hold, edges with source_output", Era: head, Graph: outputs,
			Results: map[string][]Result{"A": {head.judged(false)}}, Hold: []string{"Q"},
			Script:   then("Q", "Q is running", Expect{"A=finished/activity P=dead Q=running/activity", ""}),
			Complete: Expect{"A=finished/activity P=dead Q=finished/activity M=finished/activity", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity P=dead Q=ready", "schedule Q"}},
				{"Q", Expect{"A=finished/activity P=dead Q=finished/activity M=ready", "schedule M"}}}},
		{Name: "h-old-edges", What: "old edges under version 2, which follows both: the dead branch does not count", Era: head,
			Graph: old, Results: map[string][]Result{"A": {head.judged(true)}}, Hold: []string{"P"},
			Script: then("P", "P is running", Expect{"A=finished/activity P=running/branch Q=dead", ""},
				Branch{Start: "P", Complete: Expect{"P=running/activity", ""}}),
			Complete: Expect{"A=finished/activity P=finished/branch Q=dead M=finished/activity", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity P=ready Q=dead", "schedule P"}},
				{"branches", Expect{"A=finished/activity P=finished/branch Q=dead M=ready", "schedule M"}}},
			Branches: []Branch{
				{Start: "P", Complete: Expect{"P=finished/activity", ""}},
				{Start: "Q", Complete: Expect{"Q=finished/activity", ""}}}},
		{Name: "h-inactive-condition", What: "a condition that is skipped: neither edge is taken", Era: head, Graph: inactive,
			Complete: Expect{"A=skipped P=dead Q=dead", ""},
			Checks:   []Check{{"start", Expect{"A=skipped P=dead Q=dead", "complete"}}}},
		{Name: "h-unreached", What: "both branches end before they meet; the Go worker runs D all the same", Era: head,
			Graph: unreached, Results: map[string][]Result{"B": {head.judged(false)}, "C": {head.judged(false)}},
			Complete: Expect{"A=finished/activity B=finished/branch C=finished/branch D=dead", ""},
			Checks: []Check{
				{"branches", Expect{"A=finished/activity B=finished/branch C=finished/branch D=dead", "complete"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity", ""},
					Checks: []Check{{"B", Expect{"B=finished/activity", "complete"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}}}},
	}
}

func diamond() GraphDefinition {
	return draw().checks("A").mails("B", "C").checks("D").starts("A").links("AB", "AC", "BD", "CD").graph()
}

func branches() []Scenario {
	running := func(name string) Branch { return Branch{Start: name, Complete: Expect{name + "=running/activity", ""}} }
	forked := "A=finished/activity B=running/branch C=running/branch"
	joined := "A=finished/activity B=finished/branch C=finished/branch "
	ofDiamond := func(era Era, name string) Scenario {
		return Scenario{Name: name, What: "a fork and its join", Era: era, Graph: diamond(), Hold: []string{"B", "C", "D"},
			Script: func(play *Play) {
				play.Running("B", "C")
				play.Snap("both branches are running", Expect{forked, ""}, running("B"), running("C"))
				play.Let("B")
				play.Until("CHILD_WORKFLOW_EXECUTION_COMPLETED", 1)
				play.Snap("one branch has ended", Expect{"A=finished/activity B=finished/branch C=running/branch", ""}, running("C"))
				play.Let("C")
				play.Running("D")
				play.Snap("D is running", Expect{joined + "D=running/activity", ""})
				play.Let("D")
			},
			Complete: Expect{joined + "D=finished/activity", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity B=ready C=ready", "schedule B; schedule C"}},
				{"branches", Expect{joined + "D=ready", "perform D here"}},
				{"D", Expect{joined + "D=finished/activity", "complete"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity", ""}, Checks: []Check{
					{"start", Expect{"B=ready", "schedule B"}},
					{"B", Expect{"B=finished/activity", "complete"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}}},
		}
	}
	unequal := draw().checks("A").mails("B").checks("X").mails("Y").checks("C").mails("M", "N").starts("A").
		links("AB", "AC", "BX", "XY", "YM", "CM", "MN").graph()
	apart := "A=finished/activity B=finished/branch X=finished/branch Y=finished/branch C=finished/branch "
	ofUnequal := func(era Era, name string) Scenario {
		return Scenario{Name: name, What: "branches of unequal length", Era: era, Graph: unequal, Hold: []string{"Y"},
			Script: func(play *Play) {
				play.Running("Y")
				play.Until("CHILD_WORKFLOW_EXECUTION_COMPLETED", 1)
				play.Snap("the long branch is at its last action",
					Expect{"A=finished/activity B=running/branch C=finished/branch", ""},
					Branch{Start: "B", Complete: Expect{"B=finished/activity X=finished/activity Y=running/activity", ""}})
				play.Let("Y")
			},
			Complete: Expect{apart + "M=finished/activity N=finished/activity", ""},
			Checks: []Check{
				{"branches", Expect{apart + "M=ready", "schedule M"}},
				{"M", Expect{apart + "M=finished/activity N=ready", "schedule N"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity X=finished/activity Y=finished/activity", ""}, Checks: []Check{
					{"B", Expect{"B=finished/activity X=ready", "perform X here"}},
					{"X", Expect{"B=finished/activity X=finished/activity Y=ready", "schedule Y"}},
					{"Y", Expect{"B=finished/activity X=finished/activity Y=finished/activity", "complete"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}}},
		}
	}
	apartForEver := draw().checks("A").mails("B", "C").starts("A").links("AB", "AC").graph()
	forgotten := []Branch{
		{Start: "B", Complete: Expect{"B=finished/activity", ""}, Checks: []Check{
			{"start", Expect{"B=ready", "schedule B"}},
			{"B", Expect{"B=finished/activity", "complete"}}}},
		{Start: "C", Complete: Expect{"C=finished/activity", ""}},
	}
	two := draw().mails("A", "B").checks("C").starts("A", "B").links("AC", "BC").graph()
	ofTwo := func(era Era, name string) Scenario {
		return Scenario{Name: name, What: "two start edges", Era: era, Graph: two, Hold: []string{"A", "B"},
			Script: func(play *Play) {
				play.Running("A", "B")
				play.Snap("both are running", Expect{"A=running/branch B=running/branch", ""}, running("A"), running("B"))
				play.Let("A", "B")
			},
			Complete: Expect{"A=finished/branch B=finished/branch C=finished/activity", ""},
			Checks: []Check{
				{"start", Expect{"A=ready B=ready", "schedule A; schedule B"}},
				{"branches", Expect{"A=finished/branch B=finished/branch C=ready", "perform C here"}}},
			Branches: []Branch{
				{Start: "A", Complete: Expect{"A=finished/activity", ""}},
				{Start: "B", Complete: Expect{"B=finished/activity", ""}}},
		}
	}
	return []Scenario{
		ofDiamond(seed, "s-diamond"), ofDiamond(head, "h-diamond"),
		ofUnequal(seed, "s-unequal"), ofUnequal(head, "h-unequal"),
		ofTwo(seed, "s-two-starts"), ofTwo(head, "h-two-starts"),
		{Name: "s-forget", What: "a fork without a join: the run is over before its branches have begun, so they never do",
			Era: seed, Graph: apartForEver, Complete: Expect{forked, ""}},
		{Name: "h-forget", What: "a fork without a join: the run is marked while its branches run", Era: head,
			Graph: apartForEver, Hold: []string{"B", "C", "MarkExecutionCompleted"}, Branches: forgotten,
			Script: func(play *Play) {
				play.Running("B", "C", "MarkExecutionCompleted")
				play.Snap("it is being marked as completed", Expect{forked, ""}, running("B"), running("C"))
				play.Let("MarkExecutionCompleted")
				play.wait(play.id)
				play.Let("B", "C")
			},
			Complete: Expect{forked, ""},
			Checks:   []Check{{"MarkExecutionCompleted", Expect{forked, ""}}}},
	}
}

func oddBranches() []Scenario {
	series := draw().checks("A").mails("B", "C").checks("D").mails("E", "F").checks("G").starts("A").
		links("AB", "AC", "BD", "CD", "DE", "DF", "EG", "FG").graph()
	tie := draw().checks("A").mails("B", "C", "D", "E").starts("A").links("AB", "AC", "BD", "BE", "CD", "CE").graph()
	partial := draw().checks("A").mails("B", "C", "D", "X").starts("A").links("AB", "AC", "AD", "BX", "CX").graph()
	inner := draw().checks("A").mails("B", "C", "L", "M", "D").starts("A").
		links("AB", "AC", "BL", "BM", "LD", "MD", "CD").graph()
	early := draw().checks("A").mails("B", "C", "D").starts("A").links("AB", "AC", "BC", "CD").graph()
	doubled := draw().checks("A").mails("B").starts("A").edge("always", "A", "B", "").links("AB").graph()
	skipping := draw().checks("A").mails("B", "X", "Y", "C").checks("D").inactive("X").starts("A").
		links("AB", "AC", "BX", "XY", "YD", "CD").graph()
	both := "A=finished/activity B=finished/branch C=finished/branch "
	lost := both + "D=finished/activity E=ready"
	leftOut := "A=finished/activity B=finished/branch L=finished/branch M=ready C=finished/branch "
	inBranch := "A=finished/activity B=finished/branch X=finished/branch Y=finished/branch C=finished/branch "
	return []Scenario{
		{Name: "s-series", What: "one fork behind another", Era: seed, Graph: series, Hold: []string{"E"},
			Script: func(play *Play) {
				play.Running("E")
				play.Until("CHILD_WORKFLOW_EXECUTION_COMPLETED", 3)
				play.Snap("a branch of the second fork is running",
					Expect{both + "D=finished/activity E=running/branch F=finished/branch", ""})
				play.Let("E")
			},
			Complete: Expect{both + "D=finished/activity E=finished/branch F=finished/branch G=finished/activity", ""},
			Checks: []Check{
				{"D", Expect{both + "D=finished/activity E=ready F=ready", "schedule E; schedule F"}},
				{"branches", Expect{both + "D=finished/activity E=finished/branch F=finished/branch G=ready", "perform G here"}}}},
		{Name: "h-tie", What: "branches that meet twice: the Go worker leaves E out", Era: head, Graph: tie,
			Hold:     []string{"MarkExecutionCompleted"},
			Script:   then("MarkExecutionCompleted", "it is being marked as completed", Expect{lost, "schedule E"}),
			Complete: Expect{lost, ""},
			Checks:   []Check{{"branches", Expect{both + "D=ready E=ready", "schedule D; schedule E"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity", ""}, Checks: []Check{
					{"B", Expect{"B=finished/activity", "complete"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}, Checks: []Check{
					{"C", Expect{"C=finished/activity", "complete"}}}}}},
		{Name: "h-partial", What: "a join of two branches out of three: no common join, all are left alone", Era: head,
			Graph: partial, Hold: []string{"B", "C", "D"},
			Script: func(play *Play) {
				play.Running("B", "C", "D")
				play.wait(play.id)
				play.Let("B", "C", "D")
			},
			Complete: Expect{"A=finished/activity B=running/branch C=running/branch D=running/branch", ""},
			Checks:   []Check{{"A", Expect{"A=finished/activity B=ready C=ready D=ready", "schedule B; schedule C; schedule D"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity X=finished/activity", ""}, Checks: []Check{
					{"B", Expect{"B=finished/activity X=ready", "schedule X"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity X=finished/activity", ""}},
				{Start: "D", Complete: Expect{"D=finished/activity", ""}}}},
		{Name: "h-inner-fork", What: "a fork within a branch: the Go worker follows its first edge and leaves M out", Era: head,
			Graph: inner, Hold: []string{"L", "MarkExecutionCompleted"},
			Script: func(play *Play) {
				play.Running("L")
				play.Until("CHILD_WORKFLOW_EXECUTION_COMPLETED", 1)
				play.Snap("L is running", Expect{"A=finished/activity B=running/branch C=finished/branch", ""},
					Branch{Start: "B", Complete: Expect{"B=finished/activity L=running/activity M=ready", "schedule M"}})
				play.Let("L")
				play.Running("MarkExecutionCompleted")
				play.Snap("it is being marked as completed", Expect{leftOut + "D=finished/activity", "schedule M"})
				play.Let("MarkExecutionCompleted")
			},
			Complete: Expect{leftOut + "D=finished/activity", ""},
			Checks:   []Check{{"branches", Expect{leftOut, "schedule M"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity L=finished/activity M=ready", ""}, Checks: []Check{
					{"B", Expect{"B=finished/activity L=ready M=ready", "schedule L; schedule M"}},
					{"L", Expect{"B=finished/activity L=finished/activity M=ready", "schedule M"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}}}},
		{Name: "s-start-is-join", What: "a branch that begins where both are to meet", Era: seed, Graph: early,
			Hold: []string{"B"},
			Script: func(play *Play) {
				play.Running("B")
				play.Until("CHILD_WORKFLOW_EXECUTION_COMPLETED", 1)
				play.Snap("the empty branch has ended, B is running", Expect{"A=finished/activity B=running/branch", ""})
				play.Let("B")
			},
			Complete: Expect{"A=finished/activity B=finished/branch C=finished/activity D=finished/activity", ""},
			Checks:   []Check{{"branches", Expect{"A=finished/activity B=finished/branch C=ready", "schedule C"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity", ""}},
				{Start: "C", Complete: Expect{"", ""}, Checks: []Check{{"start", Expect{"", "complete"}}}}}},
		{Name: "s-doubled", What: "two edges from A to B", Era: seed, Graph: doubled,
			Complete: Expect{"A=finished/activity B=finished/activity", ""},
			Checks:   []Check{{"branches", Expect{"A=finished/activity B=ready", "schedule B"}}}},
		{Name: "h-inactive-in-branch", What: "an inactive action in a branch, which the Go worker runs", Era: head,
			Graph: skipping, Hold: []string{"X"},
			Script: then("X", "X is running", Expect{"A=finished/activity B=running/branch C=finished/branch", ""},
				Branch{Start: "B", Complete: Expect{"B=finished/activity X=running/activity", ""}}),
			Complete: Expect{inBranch + "D=finished/activity", ""},
			Checks:   []Check{{"branches", Expect{inBranch + "D=ready", "perform D here"}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity X=finished/activity Y=finished/activity", ""}, Checks: []Check{
					{"B", Expect{"B=finished/activity X=skipped Y=ready", "schedule Y"}},
					{"X", Expect{"B=finished/activity X=finished/activity Y=ready", "schedule Y"}}}}}},
	}
}

func waiting() []Scenario {
	delayed := draw().checks("A").delay("W", "2s").mails("B").starts("A").links("AW", "WB").graph()
	inBranch := draw().checks("A").delay("W", "2s").mails("C").checks("D").starts("A").links("AW", "AC", "WD", "CD").graph()
	asked := draw().checks("A").approval("P").mails("B", "C").starts("A").links("AP").
		edge("sequence", "P", "B", "approved").edge("sequence", "P", "C", "rejected").graph()
	stub := draw().checks("A").approval("P").mails("B").starts("A").links("AP", "PB").graph()
	skipping := draw().checks("A").mails("X", "B").inactive("X").starts("A").links("AX", "XB").graph()
	all := "A=finished/activity X=finished/activity "
	return []Scenario{
		{Name: "h-delay", What: "a timer", Era: head, Graph: delayed, Hold: []string{"B"},
			Script: func(play *Play) {
				play.Until("TIMER_STARTED", 1)
				play.Snap("the timer runs", Expect{"A=finished/activity W=running/timer", ""})
				play.Running("B")
				play.Snap("B is running", Expect{"A=finished/activity W=finished/timer B=running/activity", ""})
				play.Let("B")
			},
			Complete: Expect{"A=finished/activity W=finished/timer B=finished/activity", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity W=ready", "start timer W"}},
				{"timer", Expect{"A=finished/activity W=finished/timer B=ready", "schedule B"}}}},
		{Name: "h-delay-in-branch", What: "a timer in a branch", Era: head, Graph: inBranch,
			Script: func(play *Play) {
				play.Until("CHILD_WORKFLOW_EXECUTION_COMPLETED", 1)
				play.Snap("the timer runs", Expect{"A=finished/activity W=running/branch C=finished/branch", ""},
					Branch{Start: "W", Complete: Expect{"W=running/timer", ""}})
			},
			Complete: Expect{"A=finished/activity W=finished/branch C=finished/branch D=finished/activity", ""},
			Branches: []Branch{
				{Start: "W", Complete: Expect{"W=finished/timer", ""}, Checks: []Check{
					{"start", Expect{"W=ready", "start timer W"}},
					{"timer", Expect{"W=finished/timer", "complete"}}}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}}}},
		{Name: "h-approval", What: "a person is asked and answers by token", Era: head, Graph: asked,
			Results: map[string][]Result{"P": {{Pending: true}}},
			Script: func(play *Play) {
				play.Running("P")
				play.Snap("a person is asked", Expect{"A=finished/activity P=running/activity", ""})
				play.Answer("P", map[string]any{"output": "approved", "approval_id": "b0000000-0000-4000-8000-000000000001",
					"resolved_by": "f3c95789-ace1-4954-ac5d-6baed2eac902", "resolved_by_name": "ana.kovac", "reason": "fine"})
			},
			Complete: Expect{"A=finished/activity P=finished/activity B=finished/activity C=dead", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity P=ready", "schedule P"}},
				{"P", Expect{"A=finished/activity P=finished/activity B=ready C=dead", "schedule B"}}}},
		{Name: "s-approval", What: "nobody is asked yet", Era: seed, Graph: stub,
			Complete: Expect{"A=finished/activity P=finished/activity B=finished/activity", ""},
			Checks:   []Check{{"P", Expect{"A=finished/activity P=finished/activity B=ready", "schedule B"}}}},
		{Name: "s-inactive", What: "an inactive action, which version 1 runs", Era: seed, Graph: skipping,
			Hold: []string{"X"}, Script: then("X", "X is running", Expect{"A=finished/activity X=running/activity", ""}),
			Complete: Expect{all + "B=finished/activity", ""},
			Checks: []Check{
				{"A", Expect{"A=finished/activity X=skipped B=ready", "schedule B"}},
				{"X", Expect{all + "B=ready", "schedule B"}}}},
		{Name: "h-inactive", What: "an inactive action is skipped", Era: head, Graph: skipping, Hold: []string{"B"},
			Script:   then("B", "B is running", Expect{"A=finished/activity X=skipped B=running/activity", ""}),
			Complete: Expect{"A=finished/activity X=skipped B=finished/activity", ""},
			Checks:   []Check{{"A", Expect{"A=finished/activity X=skipped B=ready", "schedule B"}}}},
	}
}

func endings() []Scenario {
	chain := draw().checks("A").mails("B", "C").starts("A").links("AB", "BC").graph()
	boom := map[string][]Result{"B": {{Error: "boom"}}}
	failed := "A=finished/activity B=failed/activity C=dead"
	text := fmt.Sprintf("fail: execute action B (%[1]s): action B (%[1]s): execute: boom", actionID("B"))
	ofFailure := func(era Era, name string) Scenario {
		return Scenario{Name: name, What: "an action fails three times", Era: era, Graph: chain, Results: boom,
			Hold:     []string{"B#2"},
			Script:   then("B#2", "B is tried again", Expect{"A=finished/activity B=running/activity", ""}),
			Complete: Expect{failed, ""},
			Checks:   []Check{{"B", Expect{failed, text}}}}
	}
	branchText := fmt.Sprintf("fail: execute action B (%[1]s): execute action B (%[1]s): activity error ...", actionID("B"))
	canceled := "A=finished/activity B=running/activity"
	ofCancel := func(era Era, name string) Scenario {
		return Scenario{Name: name, What: "canceled while an activity is pending", Era: era, Graph: chain, Hold: []string{"B"},
			Script: func(play *Play) {
				play.Running("B")
				play.Snap("B is running", Expect{canceled, ""})
				play.Cancel()
				play.wait(play.id)
				play.Let("B")
			},
			Complete: Expect{canceled, ""},
			Checks:   []Check{{"cancel", Expect{canceled, "cancel activity B; cancel"}}}}
	}
	forked := "A=finished/activity B=running/branch C=running/branch"
	return []Scenario{
		ofFailure(seed, "s-failure"), ofFailure(head, "h-failure"), ofCancel(seed, "s-cancel"), ofCancel(head, "h-cancel"),
		{Name: "s-failed-branch", What: "a branch fails while the other runs", Era: seed, Graph: diamond(), Results: boom,
			Hold: []string{"C"},
			Script: func(play *Play) {
				play.Running("C")
				play.Until("CHILD_WORKFLOW_EXECUTION_FAILED", 1)
				play.Snap("one branch has failed", Expect{"A=finished/activity B=failed/branch C=running/branch", ""})
				play.Let("C")
			},
			Complete: Expect{"A=finished/activity B=failed/branch C=finished/branch D=dead", ""},
			Checks: []Check{
				{"branches", Expect{"A=finished/activity B=failed/branch C=finished/branch D=dead", branchText}}},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=failed/activity", ""}, Checks: []Check{{"B", Expect{"B=failed/activity", text}}}}}},
		{Name: "h-terminated-branch", What: "somebody terminates a branch", Era: head, Graph: diamond(), Hold: []string{"B"},
			Script: func(play *Play) {
				play.Running("B")
				child := fmt.Sprintf("%s-branch-0-%s", play.id, actionID("B"))
				if err := play.client.TerminateWorkflow(context.Background(), child, "", "by hand"); err != nil {
					panic(err)
				}
				play.wait(play.id)
				play.Let("B")
			},
			Complete: Expect{"A=finished/activity B=failed/branch C=finished/branch D=dead", ""},
			Checks: []Check{{"branches", Expect{"A=finished/activity B=failed/branch C=finished/branch D=dead",
				fmt.Sprintf("fail: execute action B (%s): child workflow was terminated", actionID("B"))}}}},
		{Name: "h-canceled-branches", What: "canceled while both branches run", Era: head, Graph: diamond(),
			Hold: []string{"B", "C"},
			Script: func(play *Play) {
				play.Running("B", "C")
				play.Cancel()
				play.wait(play.id)
				play.Let("B", "C")
			},
			Complete: Expect{"A=finished/activity B=failed/branch C=failed/branch D=dead", ""},
			Checks:   []Check{{"cancel", Expect{forked, "cancel"}}}},
	}
}

// Rules on the sample data, for runs that are taken over on a live server (tests/e2e/test_takeover.py).
func living() []Scenario {
	order := func(field string, value string) map[string]any {
		return map[string]any{"target_entity": "sales.orders", "target_field": field, "new_value": value}
	}
	notice := func(text string) map[string]any {
		return map[string]any{"recipients": []string{"f3c95789-ace1-4954-ac5d-6baed2eac902"}, "title": "Test",
			"message": text, "priority": "low"}
	}
	drawn := draw().checks("A").action("B", "update_field", order("notes", "order {{number}}")).
		action("C", "send_notification", notice("first")).action("D", "update_field", order("priority", "high")).
		action("E", "send_notification", notice("second of {{D.records_affected}}")).
		action("F", "send_notification", notice("joined")).
		starts("A").links("AB", "BC", "BD", "DE", "CF", "EF").graph()
	apart := draw().checks("A").action("B", "send_notification", notice("left")).
		action("C", "send_notification", notice("right")).starts("A").links("AB", "AC").graph()
	updated := Result{Value: map[string]any{"records_affected": 1, "status": "success"}}
	results := func(era Era) map[string][]Result {
		return map[string][]Result{"A": {era.judged(true)}, "B": {updated}, "D": {updated}}
	}
	joined := "A=finished/activity B=finished/activity C=finished/branch D=finished/branch E=finished/branch " +
		"F=finished/activity"
	forked := "A=finished/activity B=running/branch C=running/branch"
	parts := []Branch{
		{Start: "C", Complete: Expect{"C=finished/activity", ""}},
		{Start: "D", Complete: Expect{"D=finished/activity E=finished/activity", ""}, Checks: []Check{
			{"D", Expect{"D=finished/activity E=ready", "perform E here"}}}},
	}
	return []Scenario{
		{Name: "s-live", What: "a rule on an order", Era: seed, Graph: drawn, Results: results(seed),
			Complete: Expect{joined, ""}, Branches: parts},
		{Name: "h-live", What: "a rule on an order", Era: head, Graph: drawn, Results: results(head),
			Complete: Expect{joined, ""}, Branches: parts},
		{Name: "h-live-forget", What: "a rule with notices that nobody waits for", Era: head, Graph: apart,
			Hold: []string{"B", "C"}, Results: results(head),
			Script: func(play *Play) {
				play.Running("B", "C")
				play.wait(play.id)
				play.Let("B", "C")
			},
			Complete: Expect{forked, ""},
			Branches: []Branch{
				{Start: "B", Complete: Expect{"B=finished/activity", ""}},
				{Start: "C", Complete: Expect{"C=finished/activity", ""}}}},
	}
}
