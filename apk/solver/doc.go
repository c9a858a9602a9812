// Package solver determines the packages that satisfy a world: given the repositories,
// the installed packages and a request, it returns the list of changes that apk
// would make, in the order in which apk would make them.
//
//	req := solver.Request{
//		Generation:   apk.V3,
//		World:        world,
//		Installed:    installed,
//		Repositories: []solver.Repository{{Name: url, Index: index}},
//	}
//	req.Add(dependencies, 0)
//	solution, err := solver.Solve(ctx, req)
//
// The algorithm is apk's own (apk/FORMAT.md 7): one pass without backtracking,
// whose result depends on the order of its events. It therefore follows that
// order to the last tie, for both generations of apk. The result depends on
// the request alone, and independent code checks every solution before it is
// returned (see check.go).
//
// An [UnsatisfiableError] has apk's own report; [UnsatisfiableError.Advise] adds what may help the user.
//
// The package reads and writes only its arguments. Solve may be called
// concurrently, even with the same indexes.
package solver
