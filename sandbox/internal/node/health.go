package node

import (
	"context"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
)

// watchHealth probes the container until ctx ends: first its startup, then its readiness and its liveness.
// It sends the name of a probe that says that the container must be restarted.
func (c *container) watchHealth(ctx context.Context, unhealthy chan<- string) {
	restart := func(probe string) {
		select {
		case unhealthy <- probe:
		default: // it is being restarted already
		}
	}
	if p := c.spec.StartupProbe; p != nil {
		started := false
		c.follow(ctx, "Startup", p, func(ok bool) (enough bool) {
			if started = ok; !ok {
				restart("startup probe")
			}
			return true
		})
		if !started {
			return
		}
		c.set(func(s *corev1.ContainerStatus) {
			s.Started = ptr.To(true)
			s.Ready = c.spec.ReadinessProbe == nil
		})
	}
	var both sync.WaitGroup
	defer both.Wait()
	if p := c.spec.ReadinessProbe; p != nil {
		both.Go(func() {
			c.follow(ctx, "Readiness", p, func(ok bool) (enough bool) {
				if c.snapshot().Ready != ok {
					c.set(func(s *corev1.ContainerStatus) { s.Ready = ok && s.State.Running != nil })
				}
				return false
			})
		})
	}
	if p := c.spec.LivenessProbe; p != nil {
		both.Go(func() {
			c.follow(ctx, "Liveness", p, func(ok bool) (enough bool) {
				if !ok {
					restart("liveness probe")
				}
				return !ok
			})
		})
	}
}

// follow probes again and again, and calls verdict whenever as many results in a row agree as the probe asks for.
// It returns when verdict says that it is enough, or when ctx ends.
func (c *container) follow(ctx context.Context, kind string, p *corev1.Probe, verdict func(ok bool) (enough bool)) {
	if !sleep(ctx, time.Duration(p.InitialDelaySeconds)*time.Second) {
		return
	}
	period := time.Duration(max(p.PeriodSeconds, 1)) * time.Second
	row, previous := int32(0), false
	for {
		ok := c.passes(ctx, kind, p)
		if ctx.Err() != nil {
			return
		}
		if row++; ok != previous {
			row, previous = 1, ok
		}
		needed := max(p.FailureThreshold, 1)
		if ok {
			needed = max(p.SuccessThreshold, 1)
		}
		if row >= needed && verdict(ok) {
			return
		}
		if !sleep(ctx, period) {
			return
		}
	}
}
