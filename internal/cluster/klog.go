package cluster

import (
	"github.com/go-logr/logr"
	"github.com/hashicorp/go-hclog"
	"k8s.io/klog/v2"
)

// SetLogger lets client-go's own messages go to log instead of stderr, for the whole process; nil drops them.
// Its information is our debug, its debug our trace.
func SetLogger(log hclog.Logger) {
	if log == nil {
		klog.SetLogger(logr.Discard())
		return
	}
	klog.SetLogger(logr.New(sink{log}))
}

// sink is a logr.LogSink that writes to an hclog.Logger.
type sink struct{ log hclog.Logger }

func (s sink) Init(logr.RuntimeInfo) {}

func (s sink) Enabled(level int) bool {
	if level > 0 {
		return s.log.IsTrace()
	}
	return s.log.IsDebug()
}

func (s sink) Info(level int, msg string, kv ...any) {
	if level > 0 {
		s.log.Trace(msg, kv...)
		return
	}
	s.log.Debug(msg, kv...)
}

// Error is no more than a warning to us: what matters comes back as an error too.
func (s sink) Error(err error, msg string, kv ...any) {
	s.log.Warn(msg, append(kv, "error", err)...)
}

func (s sink) WithValues(kv ...any) logr.LogSink { return sink{s.log.With(kv...)} }
func (s sink) WithName(name string) logr.LogSink { return sink{s.log.Named(name)} }
