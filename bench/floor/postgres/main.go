// Command postgres connects to a database, a number of times at once, and asks each connection one thing: the driver
// alone, without a transaction, a bound or a verdict.
//
//	postgres CONNECTIONS AT_A_TIME URL QUERY
package main

import (
	"context"
	"os"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/jackc/pgx/v5/pgconn"
)

func main() {
	ctx := context.Background()
	config, err := pgconn.ParseConfig(os.Args[3])
	must(err)
	connections, err := strconv.Atoi(os.Args[1])
	must(err)
	atATime, err := strconv.Atoi(os.Args[2])
	must(err)
	var next atomic.Int64
	var wg sync.WaitGroup
	for range atATime {
		wg.Go(func() {
			for next.Add(1) <= int64(connections) {
				conn, err := pgconn.ConnectConfig(ctx, config)
				must(err)
				must(conn.ExecParams(ctx, os.Args[4], nil, nil, nil, nil).Read().Err)
				must(conn.Close(ctx))
			}
		})
	}
	wg.Wait()
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}
