// Which action comes after which, as the Go worker finds it (contract C.1 to C.3, C.10).
package main

import "sort"

type graph struct {
	actions map[string]ActionNode
	edges   map[string][]ActionEdge // by source; nobody for none
	seed    bool                    // the edge rule of the seed era
}

func newGraph(definition GraphDefinition, seed bool) *graph {
	made := &graph{actions: map[string]ActionNode{}, edges: map[string][]ActionEdge{}, seed: seed}
	for _, action := range definition.Actions {
		made.actions[action.ID] = action
	}
	for _, edge := range definition.Edges {
		source := nobody
		if edge.SourceActionID != nil {
			source = *edge.SourceActionID
		}
		made.edges[source] = append(made.edges[source], edge)
	}
	for _, edges := range made.edges {
		sort.Slice(edges, func(i, j int) bool {
			if edges[i].SortOrder != edges[j].SortOrder {
				return edges[i].SortOrder < edges[j].SortOrder
			}
			return edges[i].TargetActionID < edges[j].TargetActionID
		})
	}
	return made
}

func (g *graph) start() []ActionNode {
	var found []ActionNode
	for _, edge := range g.edges[nobody] {
		if action, known := g.actions[edge.TargetActionID]; known && edge.EdgeType == "start" {
			found = append(found, action)
		}
	}
	return found
}

func (g *graph) follows(edge ActionEdge, result map[string]any) bool {
	if edge.EdgeType == "start" {
		return false
	}
	if g.seed {
		switch edge.EdgeType {
		case "sequence", "always":
			return true
		case "true_branch", "false_branch":
			taken, _ := result["branch_taken"].(string)
			return taken == edge.EdgeType
		}
		return false
	}
	if edge.SourceOutput == nil {
		return true
	}
	output, _ := result["output"].(string)
	if output == "" {
		output = "success"
	}
	return output == *edge.SourceOutput
}

func (g *graph) next(source string, result map[string]any) []ActionNode {
	var found []ActionNode
	for _, edge := range g.edges[source] {
		if action, known := g.actions[edge.TargetActionID]; known && g.follows(edge, result) {
			found = append(found, action)
		}
	}
	return found
}

func (g *graph) distances(from string) map[string]int {
	found := map[string]int{from: 0}
	for queue := []string{from}; len(queue) > 0; queue = queue[1:] {
		for _, edge := range g.edges[queue[0]] {
			if _, seen := found[edge.TargetActionID]; !seen {
				found[edge.TargetActionID] = found[queue[0]] + 1
				queue = append(queue, edge.TargetActionID)
			}
		}
	}
	return found
}

// The action where all branches meet; nil when there is none.
func (g *graph) convergence(branches []ActionNode) *ActionNode {
	most := map[string]int{}
	reached := map[string]int{}
	for _, branch := range branches {
		for id, distance := range g.distances(branch.ID) {
			reached[id]++
			most[id] = max(most[id], distance)
		}
	}
	var ids []string
	for id, count := range reached {
		if count == len(branches) {
			ids = append(ids, id)
		}
	}
	sort.Strings(ids)
	var best *ActionNode
	for _, id := range ids {
		if best == nil || most[id] < most[best.ID] {
			action := g.actions[id]
			best = &action
		}
	}
	return best
}
