package rules

import (
	"fmt"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"github.com/google/cel-go/checker"
)

const (
	// maxMatch is how long a condition may be, in characters: what the API allows.
	maxMatch = 1024
	// maxDepth is how deep an expression may nest. A person cannot read a tenth of it, and a parser must not run out of stack.
	maxDepth = 100
	// maxCost is what one evaluation may cost, in CEL's own units: some hundred times what a condition does that asks for a few attributes,
	// enough for a search through 500 groups, and about two milliseconds.
	maxCost = 20_000
	// The sizes of what conditions look at, for the estimate of what they cost: what the API allows, and more groups than anybody is in.
	maxAttributes, maxAttribute, maxGroups, maxGroup, maxEmail = 32, 256, 1_000, 50, 254
	// maxWords is how much is told of what the compiler says.
	maxWords = 200
	// inNoContainer is what the compiler adds to every name that it does not know, and that says nothing here.
	inNoContainer = " (in container '')"
)

// Set is a list of rules that can be asked about people. It may be used by several goroutines at a time.
type Set struct{ rules []compiled }

// compiled is a rule that is ready to be asked.
type compiled struct {
	Rule
	index   int
	program cel.Program
}

// MatchError says that the condition of a rule cannot be used, or that it failed for somebody.
type MatchError struct {
	// Index is the place of the rule in the list, from 0, and Name what it is called.
	Index int
	Name  string
	// Words are the compiler's, in one line.
	Words string
}

// Error implements error.
func (e *MatchError) Error() string {
	return fmt.Sprintf("the condition of rule %d, %q: %s", e.Index, e.Name, e.Words)
}

// environment is what a condition may refer to. It is made once: the declarations of CEL's own functions take some milliseconds.
var environment = sync.OnceValues(func() (*cel.Env, error) {
	return cel.NewEnv(
		cel.Variable(varAttributes, cel.MapType(cel.StringType, cel.StringType)),
		cel.Variable(varGroups, cel.ListType(cel.StringType)),
		cel.Variable(varEmail, cel.StringType),
		cel.ParserExpressionSizeLimit(maxMatch),
		cel.ParserRecursionLimit(maxDepth),
	)
})

// Compile makes a set of rules, whose order is kept. The error is a *MatchError for the first rule whose condition cannot be used.
func Compile(list []Rule) (*Set, error) {
	env, err := environment()
	if err != nil {
		return nil, fmt.Errorf("declare what conditions may refer to: %w", err)
	}
	set := &Set{rules: make([]compiled, len(list))}
	for index, rule := range list {
		program, words := compile(env, rule.Match)
		if words != "" {
			return nil, &MatchError{Index: index, Name: rule.Name, Words: oneLine(words)}
		}
		set.rules[index] = compiled{Rule: rule, index: index, program: program}
	}
	return set, nil
}

// compile returns a program, or why there can be none.
func compile(env *cel.Env, match string) (program cel.Program, words string) {
	ast, issues := env.Compile(match)
	if issues.Err() != nil {
		first := issues.Errors()[0]
		place := fmt.Sprintf("column %d", first.Location.Column()+1)
		if strings.Contains(match, "\n") {
			place = fmt.Sprintf("line %d, %s", first.Location.Line(), place)
		}
		return nil, fmt.Sprintf("%s: %s", place, strings.ReplaceAll(first.Message, inNoContainer, ""))
	}
	if result := ast.OutputType(); !result.IsExactType(cel.BoolType) {
		return nil, fmt.Sprintf("it yields %s; a condition must yield true or false", cel.FormatCELType(result))
	}
	options := []cel.ProgramOption{cel.EvalOptions(cel.OptOptimize)}
	if estimate, err := env.EstimateCost(ast, sizes{}); err != nil || estimate.Max > maxCost {
		// To count what it costs takes four times as long, so that is left to those that may cost too much.
		options = append(options, cel.CostLimit(maxCost))
	}
	program, err := env.Program(ast, options...)
	if err != nil {
		return nil, err.Error()
	}
	return program, ""
}

// sizes tells the estimate of costs how large the variables can be.
type sizes struct{}

// EstimateSize implements checker.CostEstimator.
func (sizes) EstimateSize(element checker.AstNode) *checker.SizeEstimate {
	path := element.Path()
	if len(path) == 0 {
		return nil
	}
	whole := len(path) == 1
	switch {
	case path[0] == varEmail:
		return &checker.SizeEstimate{Max: maxEmail}
	case path[0] == varGroups && whole:
		return &checker.SizeEstimate{Max: maxGroups}
	case path[0] == varGroups:
		return &checker.SizeEstimate{Max: maxGroup}
	case path[0] == varAttributes && whole:
		return &checker.SizeEstimate{Max: maxAttributes}
	case path[0] == varAttributes:
		return &checker.SizeEstimate{Max: maxAttribute}
	default:
		return nil
	}
}

// EstimateCallCost implements checker.CostEstimator. The functions are CEL's own, whose costs it knows.
func (sizes) EstimateCallCost(string, string, *checker.AstNode, []checker.AstNode) *checker.CallEstimate {
	return nil
}

// oneLine puts a text into one line that is not too long for a condition's message.
func oneLine(text string) string {
	line := []rune(strings.Join(strings.Fields(text), " "))
	if len(line) <= maxWords {
		return string(line)
	}
	return string(line[:maxWords-1]) + "…"
}
