package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5/pgxpool"
)

// migrations are run once each, in this order.
var migrations = []struct{ name, statement string }{
	{"0001_fundsachen", "create table fundsachen (nr serial primary key, was text not null, wo text not null, abgeholt boolean not null default false)"},
	{"0002_fundort", "create index fundsachen_wo on fundsachen (wo)"},
	{"0003_finder", "alter table fundsachen add column finder text"},
}

// open opens the database that DATABASE_URL names. It is not asked anything yet: it may come up later than we do.
func open(ctx context.Context) (*pgxpool.Pool, error) {
	url := os.Getenv("DATABASE_URL")
	if url == "" {
		return nil, errors.New("DATABASE_URL is not set")
	}
	db, err := pgxpool.New(ctx, url)
	if err != nil {
		return nil, errors.New("DATABASE_URL is no URL of a database") // the error repeats the password
	}
	return db, nil
}

func migrate(ctx context.Context) error {
	db, err := open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.Exec(ctx, "create table if not exists migrations (name text primary key)"); err != nil {
		return err
	}
	for _, m := range migrations {
		done, err := db.Exec(ctx, "insert into migrations values ($1) on conflict do nothing", m.name)
		if err != nil {
			return err
		}
		if done.RowsAffected() == 0 {
			continue
		}
		if _, err := db.Exec(ctx, m.statement); err != nil {
			return fmt.Errorf("%s: %w", m.name, err)
		}
		fmt.Println("applied", m.name)
	}
	fmt.Println("the database is up to date")
	return nil
}

// pending is an error where migrations are.
func pending(ctx context.Context) error {
	db, err := open(ctx)
	if err != nil {
		return err
	}
	defer db.Close()
	var n int
	if err := db.QueryRow(ctx, "select count(*) from migrations").Scan(&n); err != nil || n < len(migrations) {
		return errors.Join(fmt.Errorf("%d of %d migrations have run", n, len(migrations)), err)
	}
	return nil
}
