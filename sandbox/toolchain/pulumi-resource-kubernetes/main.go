// The official Kubernetes provider plugin. The vendor's own main package embeds files that its
// release process generates, so this one reads the module's schema.json beside the binary.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

func main() {
	executable, err := os.Executable()
	if err == nil {
		executable, err = filepath.EvalSymlinks(executable)
	}
	var schema []byte
	if err == nil {
		schema, err = os.ReadFile(filepath.Join(filepath.Dir(executable), "schema.json"))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-kubernetes: cannot read its schema:", err)
		os.Exit(1)
	}
	provider.Serve("kubernetes", version.Version, schema, []byte("{}"))
}
