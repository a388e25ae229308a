package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// Root is the directory of the project: the nearest one above the working directory that holds PROJECT.
func Root() (string, error) {
	directory, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("find the working directory: %w", err)
	}
	for {
		if _, err := os.Stat(filepath.Join(directory, "PROJECT")); err == nil {
			return directory, nil
		}
		parent := filepath.Dir(directory)
		if parent == directory {
			return "", errors.New("run this inside a clone of the project: no directory above this one holds PROJECT")
		}
		directory = parent
	}
}

// BuildOperator compiles bin/clay-operator from the present sources and returns its path.
func BuildOperator(ctx context.Context) (string, error) {
	root, err := Root()
	if err != nil {
		return "", err
	}
	binary := filepath.Join(root, "bin", "clay-operator")
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", binary, ".")
	build.Dir = root
	if output, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("compile the operator: %w\n%s", err, output)
	}
	return binary, nil
}
