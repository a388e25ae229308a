package manifest

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"

	"github.com/google/cel-go/cel"
	"k8s.io/apiserver/pkg/cel/environment"
)

// The names that rules know the value by, and the one that it takes the place of.
const (
	ruleSelf    = "self"
	ruleOldSelf = "oldSelf"
)

// rules compiles each rule of the definitions once. They are the API server's own language and library, with values whose types are found out as
// the rule runs: the schema has looked at them before.
var rules = struct {
	sync.Mutex
	programs map[string]cel.Program
}{programs: map[string]cel.Program{}}

// ruleEnvironment makes what rules are compiled in.
var ruleEnvironment = sync.OnceValues(func() (*cel.Env, error) {
	base := environment.MustBaseEnvSet(environment.DefaultCompatibilityVersion()).StoredExpressionsEnv()
	return base.Extend(cel.Variable(ruleSelf, cel.DynType), cel.Variable(ruleOldSelf, cel.DynType))
})

func programOf(rule string) (cel.Program, error) {
	rules.Lock()
	defer rules.Unlock()
	if program, known := rules.programs[rule]; known {
		return program, nil
	}
	environment, err := ruleEnvironment()
	if err != nil {
		return nil, err
	}
	ast, issues := environment.Compile(rule)
	if err := issues.Err(); err != nil {
		return nil, err
	}
	program, err := environment.Program(ast)
	if err != nil {
		return nil, err
	}
	rules.programs[rule] = program
	return program, nil
}

// checkRules asks the rules of a schema. One that compares with the value before says nothing where there is none.
func (c *checker) checkRules(at way, s *schema, value, old any) {
	for _, each := range s.Validations {
		compares := strings.Contains(each.Rule, ruleOldSelf)
		if compares && old == nil {
			continue
		}
		fits, err := ask(each.Rule, value, old)
		switch {
		case err != nil:
			c.complainf(at, "it cannot be checked: %v", err)
		case !fits:
			c.complainf(at, "%s", each.Message)
		}
	}
}

// ask runs a rule.
func ask(rule string, value, old any) (bool, error) {
	program, err := programOf(rule)
	if err != nil {
		return false, fmt.Errorf("compile the rule %s: %w", rule, err)
	}
	result, _, err := program.Eval(map[string]any{ruleSelf: plain(value), ruleOldSelf: plain(old)})
	if err != nil {
		// As on the API server, a rule that fails does not fit.
		return false, nil //nolint:nilerr // The message of the rule says what is wrong.
	}
	fits, is := result.Value().(bool)
	return is && fits, nil
}

// plain returns a value with its numbers as CEL knows them.
func plain(value any) any {
	switch value := value.(type) {
	case json.Number:
		if whole, err := value.Int64(); err == nil {
			return whole
		}
		fraction, _ := value.Float64()
		return fraction
	case map[string]any:
		fields := make(map[string]any, len(value))
		for name, field := range value {
			fields[name] = plain(field)
		}
		return fields
	case []any:
		items := make([]any, len(value))
		for i, item := range value {
			items[i] = plain(item)
		}
		return items
	default:
		return value
	}
}
