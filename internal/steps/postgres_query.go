package steps

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"

	"gitea.coulomb.social/coulomb/wpctl/internal/check"
)

// How much of a query's answer is kept.
const (
	maxRows    = 1000
	maxRowText = 1 << 20
)

// begin begins a transaction that can only read, asks the server to end what takes longer than the look may take, and
// who one is there: behind a pooler that may be somebody else, in a database of another name.
func (v *postgresVisit) begin(ctx context.Context, conn *pgConn) error {
	if _, err := v.read(ctx, conn, "begin read only"); err != nil {
		return err
	}
	left := check.DefaultTimeout
	if deadline, ok := ctx.Deadline(); ok {
		left = max(time.Until(deadline), time.Millisecond)
	}
	rows, err := v.read(ctx, conn, "select set_config('statement_timeout', $1, true), current_setting('server_version_num'), session_user, current_database()", strconv.FormatInt(left.Milliseconds(), 10))
	if err != nil {
		return err
	}
	if len(rows) != 1 || len(rows[0]) != 4 {
		return fmt.Errorf("the server at %s does not answer as PostgreSQL does", v.place())
	}
	v.self.Number, _ = strconv.Atoi(rows[0][1])
	v.self.User, v.self.Database = rows[0][2], rows[0][3]
	return nil
}

// query runs the step's statement. It is sent by the extended protocol, which takes one statement and no more.
func (v *postgresVisit) query(ctx context.Context, conn *pgConn) error {
	if v.a.Query == "" {
		return nil
	}
	var oids []uint32
	err := v.each(ctx, conn, string(v.a.Query), v.a.Args, func(fields []pgconn.FieldDescription, values [][]byte) {
		if oids == nil {
			oids = v.columns(fields)
		}
		row := make([]any, len(values))
		for i, value := range values {
			row[i] = postgresValue(oids[i], value)
		}
		v.self.Rows = append(v.self.Rows, row)
	})
	v.answered = err == nil
	return err
}

// each runs one statement and hands over each row of its answer, of which there are no more than are kept.
func (v *postgresVisit) each(ctx context.Context, conn *pgConn, sql string, args []string, row func([]pgconn.FieldDescription, [][]byte)) error {
	values := make([][]byte, len(args))
	for i, a := range args {
		values[i] = []byte(a)
	}
	r := conn.ExecParams(ctx, sql, values, nil, nil, nil)
	rows, size := 0, 0
	for r.NextRow() {
		rows++
		for _, value := range r.Values() {
			size += len(value)
		}
		if rows > maxRows || size > maxRowText {
			return fmt.Errorf("the query says more than %d rows or %d bytes: let it say less", maxRows, maxRowText)
		}
		row(r.FieldDescriptions(), r.Values())
	}
	if _, err := r.Close(); err != nil {
		return v.queryFault(ctx, err)
	}
	return nil
}

func (v *postgresVisit) columns(fields []pgconn.FieldDescription) []uint32 {
	oids := make([]uint32, len(fields))
	for i, f := range fields {
		oids[i] = f.DataTypeOID
		v.self.Columns = append(v.self.Columns, f.Name)
	}
	return oids
}

// The types whose values are not text to an expression, by their object ids: see pg_type.dat of PostgreSQL.
const (
	oidBool, oidInt8, oidInt2, oidInt4, oidOid = 16, 20, 21, 23, 26
	oidJSON, oidJSONB                          = 114, 3802
	oidFloat4, oidFloat8, oidNumeric           = 700, 701, 1700
)

// postgresValue makes a value of its text, as the server writes it.
func postgresValue(oid uint32, text []byte) any {
	if text == nil {
		return nil
	}
	s := string(text)
	switch oid {
	case oidBool:
		return s == "t"
	case oidInt2, oidInt4, oidInt8, oidOid, oidNumeric:
		if n, err := strconv.ParseInt(s, 10, 64); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(s, 64); err == nil && isFinite(f) {
			return f
		}
	case oidFloat4, oidFloat8:
		if f, err := strconv.ParseFloat(s, 64); err == nil && isFinite(f) {
			return f
		}
	case oidJSON, oidJSONB:
		var v any
		if json.Unmarshal(text, &v) == nil {
			return v
		}
	}
	return strings.ToValidUTF8(s, "\uFFFD")
}

// isFinite tells of numbers that JSON has: NaN and Infinity stay text.
func isFinite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

// queryFault words an error of a query: what the server says is not there was seen, all else could not be found out.
func (v *postgresVisit) queryFault(ctx context.Context, err error) error {
	var pg *pgconn.PgError
	var long *pgproto3.ExceededMaxBodyLenErr
	switch {
	case ctx.Err() != nil:
		return &waitError{"the query has not ended", ctx.Err()}
	case errors.As(err, &long):
		return &check.Lasting{Err: fmt.Errorf("the query says a row of %d bytes: let it say less", long.ActualBodyLen)}
	case errors.Is(err, errTalks):
		return errTalks
	case !errors.As(err, &pg):
		return &check.Transient{Err: fmt.Errorf("the connection to %s was lost: %w", v.place(), netCause(lastError(err)))}
	}
	said := oneLine(pg.Message)
	switch {
	case pg.Code == "57014":
		return &waitError{"the query has not ended", context.DeadlineExceeded}
	case pg.Code == "42P01", pg.Code == "42703", pg.Code == "3F000", pg.Code == "42883":
		return &postgresFault{want: "an answer to the query", saw: said}
	case pg.Code == "25006":
		return &check.Lasting{Err: fmt.Errorf("the query would change something: %s", said)}
	case passing(pg.Code):
		return &check.Transient{Err: fmt.Errorf("the server at %s ended the query: %s", v.place(), said)}
	case strings.HasPrefix(pg.Code, "42"), strings.HasPrefix(pg.Code, "22"):
		return &check.Lasting{Err: fmt.Errorf("the query: %s%s", said, position(pg))}
	}
	return fmt.Errorf("the query: %s (%s)", said, pg.Code)
}

func position(e *pgconn.PgError) string {
	if e.Position == 0 {
		return ""
	}
	return fmt.Sprintf(", at character %d", e.Position)
}

// result makes a verdict of what was seen; err ended the look early.
func (v *postgresVisit) result(err error) (check.Result, error) {
	var fault *postgresFault
	if errors.As(err, &fault) {
		v.miss(fault.want, fault.saw)
		if fault.why != "" {
			v.why = append(v.why, fault.why)
		}
	} else if err != nil {
		return check.Result{}, err
	}
	return netVerdict(v.saw(), v.ms, v.why, v.self), nil
}

// saw says what was connected to, as psql's \conninfo would in few words.
func (v *postgresVisit) saw() string {
	if v.self.Version == "" {
		return ""
	}
	s := fmt.Sprintf("%s on database %s, PostgreSQL %s", v.self.User, v.self.Database, v.self.Version)
	if v.service != nil && v.at.Dial == nil {
		s += ", through port-forward"
	}
	if !v.answered {
		return s
	}
	if len(v.self.Rows) == 1 && len(v.self.Rows[0]) == 1 {
		return s + ", the query says " + bounded([]string{Quote(fmt.Sprint(v.self.Rows[0][0]))})
	}
	return fmt.Sprintf("%s, rows: %d", s, len(v.self.Rows))
}
