package prose

import (
	"slices"
	"strings"
	"sync"
)

// role says what the words before a mention make of it.
type role int

const (
	nothing role = iota
	aside        // it is only compared with, or pointed at: see T02, unlike T02
	origin       // something comes from it: the token from T02
	needed       // it has to come first: after T02
	before       // a word such as before, which needs the rest of the sentence
	waiter       // it is what waits: blocks T05
)

// cue is a phrase that stands before a mention.
type cue struct {
	words []string
	role  role
	flips bool // "not until", "not without": the negation belongs to it
}

// cues are the phrases by their last word, longest first.
var cues = sync.OnceValue(func() map[string][]cue {
	m := map[string][]cue{}
	add := func(r role, flips bool, phrases string) {
		for _, phrase := range expand(phrases) {
			words := strings.Fields(phrase)
			last := words[len(words)-1]
			m[last] = append(m[last], cue{words, r, flips})
		}
	}
	add(aside, false, `see; see also; cf; compare; compare with|to; compared with|to; comparable to|with; like; unlike; than; as in; as with;
		similar to; similarly to; same as; analogous to; analogously to; instead of; rather than; other than; except; except for; not; nor; neither;
		besides; beside; versus; vs; parallel to|with; in parallel to|with; alongside; in contrast to; contrary to; opposed to; independent of|from; independently of|from;
		separate from; separately from; regardless of; irrespective of; refer to; refers to; referring to; related to; mirrors; mirror; copy of; duplicate of; part of;
		differs from; different from; differ from; split from; split off from; moved from; separated from; apart from; aside from; distinct from; deferred from; postponed from;
		carried over from; excluded from; removed from; dropped from; descoped from; spun off from; deviates from; exempt from; far from; away from; back from; follow-up to|from|of;
		lessons from; lesson from; leftover from; leftovers from; learned from|in; learnt from|in; known from; quoted from; borrowed from; wording from; text from; diverges from; inspired by;
		named after; modelled after|on; modeled after|on; patterned after; look after; looks after; concerns; affects; replaces; supersedes; instead; out of scope of;
		duplicates; repeats; repeat; touch; touches; conflicts with; overlaps with; contradicts; closes; mentions; mention; called; via; about; scope of; rest of; status of;
		before even; long after; even after; even before; sometime after; some time after; described in; documented in; explained in; discussed in; mentioned in; noted in; covered by|in; handled by|in; tracked by|in; addressed by|in;
		superseded by; replaced by; owned by; done by|in; caused by; affected by; unaffected by; fixed by|in; planned in|for; proposed in|by; quoted in; inherits nothing from; unless;
		isolation from; isolated from; decoupled from; protected from; hidden from; safe from; exempted from; people from; team from; folks from; colleagues from; engineers from; owner from; experience from; experiences from; delay from; delays from; out of; using; extends`)
	add(needed, false, `depends on|upon; depend on|upon; depending on|upon; dependent on|upon; dependency on; dependencies on; dependency; dependencies; relies on|upon; rely on|upon; relying on;
		builds on|upon; build on|upon; building on|upon; blocked by|on|until|behind; blocked; gated by|on|behind; waits for|on|until; wait for|on|until; waiting for|on|until; await; awaits; awaiting; pending;
		requires; require; requiring; needs; need; needing; after; once; as soon as; only when; only if; provided; provided that; subject to; contingent on|upon; conditional on;
		prerequisite is; prerequisites are; prerequisite; prerequisites; prereq; prereqs; precondition; preconditions; follows; assumes; assume; assuming; presupposes; hinges on; held up by; stuck behind|on; queued behind; scheduled behind; upon;
		now that; predicated on; the moment; the minute; the instant; than the day on which|when; since the day on which|when; after the day on which|when; until the day on which|when; from the day on which|when`)
	add(needed, true, `until; till; without`)
	add(origin, false, `from; per; as per; according to; based on; on top of; reuse; reuses; reusing; consumes; consume; consuming; thanks to; imports; comes out of; come out of; came out of; coming out of; falls out of; drops out of`)
	add(before, false, `before; prior to; ahead of; earlier than`)
	add(waiter, false, `blocks; block; blocking; gates; unblocks; unblock; unblocking; enables; enabling; unlocks; precedes; precede; feeds; feed; feeds into; feed into; feeding; goes into; go into; flows into;
		required by|for|in|before; needed by|for|in|before; necessary for; used by|in; use by|in; consumed by|in; reused by|in; referenced by|in; mounted by|in; expected by; wanted by; imported by|in; read by; picked up by|in; taken up by|in;
		prerequisite for|of|to; prerequisites for|of|to; precondition for|of; prereq for; blocker for|of|to; blockers for|of; input to|for|of; inputs to|for|of; basis for|of; foundation for|of;
		handed to; handed over to; handed on to; passed to; passed on to; holds up; hold up; in time for; ready for; relied on by; waited for by; followed by`)
	for _, list := range m {
		slices.SortStableFunc(list, func(a, b cue) int { return len(b.words) - len(a.words) })
	}
	return m
})

// expand splits a list at semicolons, and "waits for|on" into its phrases.
func expand(list string) []string {
	var out []string
	for _, phrase := range strings.Split(list, ";") {
		words := strings.Fields(phrase)
		if len(words) == 0 {
			continue
		}
		head := strings.Join(words[:len(words)-1], " ")
		for _, last := range strings.Split(words[len(words)-1], "|") {
			out = append(out, strings.TrimSpace(head+" "+last))
		}
	}
	return out
}

var (
	// fillers may stand between a cue and what it is about.
	fillers = set(`the task tasks step steps item items decision decisions workplan plan both all only just successful completed finished
		resolved whole entire at least : that work action phase stage milestone —`)
	// outcomes may stand between them with "of": after the completion of T02.
	outcomes = set(`completion outcome outcomes result results output outputs end merge resolution success closure approval delivery answer answers all both
		rollout conclusion execution sign-off findings`)
	negations = set(`not no nobody never neither nor nothing none cannot hardly independent independently unrelated unaffected instead avoid
		regardless despite rather stop without irrespective`)
	hedges = set(`would whether ideally preferably perhaps maybe might optionally optional tempting originally formerly considered rejected
		could wanted wished suggested argued intended thought believed alternative alternatively option misunderstanding hypothetically unlikely imagine suppose pretend discarded dismissed wrongly mistakenly`)
	// comparing and pointing words make of "the bucket from T02" one that is only spoken of.
	comparing = set(`unlike like than similar similarly same analogous compared resembles mirrors versus see refer refers referring cf compare background
		inspiration ask`)
	hold = set(`wait hold postpone delay defer waiting put`)
	// startOK may stand before the mention that is a clause's subject.
	startOK = set(`the task tasks step steps item decision then so and also thus therefore hence note that because since while as only both here but
		what means meaning now if when only workplan plan action phase stage sure ensure finally next later afterwards - • , today`)
	// owners begin a clause with a subject of its own.
	owners = set(`this it we you they i these there everything nobody somebody our its`)
	// anaphors stand for the task in whose section they are.
	anaphors = set(`this these it them here`)
	users    = set(`uses use reads read mounts mount consumes consume references reference takes take imports import reuses reuse expects
		expect needs need requires require loads load applies apply queries deploys deploy`)
	removers  = set(`drops drop deletes delete removes remove restores restore replays replay compares compare checks check verifies verify`)
	recorders = set(`record note keep save store write export publish remember`)
	aux       = set(`can may will must should shall could is are was were be been being has have had does do did already also then later only just
		to needs need by now automatically really eventually first both all ever each`)
	completion = set(`done finished complete completed merged deployed live ready resolved closed through green approved successful succeeded
		passed applied carried rolled landed stable implemented caught run ended shipped delivered signed decided settled verified released in place up over`)
	beginning   = set(`start begin go proceed run continue move starts begins proceeds follow happen`)
	comparisons = set(`the a an its their our these those this that all any each every both new old same`)
)

// irregular are forms of verbs that make something, which do not end in -ed.
var irregular = set(`made built set written chosen found left given brought drawn got gotten put sent bought taken grown laid kept learnt met run
	won cut rolled spun brought sealed stood held`)

// makers are the stems of verbs that make something.
var makers = set(`creat mak build provision generat emit writ issu mint publish push install deploy prepar provid introduc add captur collect record
	choos select decid agre approv defin export extract grant open register request reserv establish enabl configur deliver determin identif confirm obtain
	allocat migrat restor releas sign stor draft find measur comput gather yield return giv leav bring list upload render compil bak tag seal encrypt
	rotat order buy procur assign negotiat discover map set put hold win produc stag seed import load form deriv calculat estimat populat fill
	download ship order join label rename mov clean convert rewir replac upgrad patch freez bootstrap verif test tun sketch design print cut spin hand lay
	implement clon resiz enlarg grow develop creat rebuild rebas compos schedul calibrat train record scan crawl fetch wire assembl weld count weigh
	get dump back document inventor survey rais draw take pin carv stand suppl furnish author render reach unlock archiv snapshot fix pick`)

// makes tells whether a word is a form of a verb that makes something.
func makes(w string) bool {
	if irregular.has(w) {
		return true
	}
	for _, end := range []string{"ies", "ied", "es", "ed", "s", ""} {
		stem, ok := strings.CutSuffix(w, end)
		if !ok || len(stem) < 2 {
			continue
		}
		for _, s := range []string{stem, strings.TrimSuffix(stem, "e"), undouble(stem)} {
			if makers.has(s) {
				return true
			}
		}
		if (end == "ies" || end == "ied") && makers.has(strings.TrimSuffix(stem, "i")) {
			return true
		}
	}
	return false
}

// undouble takes the second of two equal letters off: stopp, stop.
func undouble(s string) string {
	if n := len(s); n > 2 && s[n-1] == s[n-2] {
		return s[:n-1]
	}
	return s
}

// participle tells whether a word can be a passive participle of a maker: created, built.
func participle(w string) bool {
	return irregular.has(w) || strings.HasSuffix(w, "ed") && makes(w) || w == "tuned" || w == "frozen"
}

// said are participles that tell of words and scope, not of things: covered by T02.
var said = set(`described documented explained discussed mentioned noted covered handled tracked addressed planned proposed fixed replaced
	rejected done postponed deferred quoted estimated authored sketched unaffected affected superseded caused owned followed`)

// placed are participles behind which "in T02" does not say where something comes from.
var placed = set(`tested verified moved handed unlocked left reached held kept taken put run cut learnt met`)

// artefacts are what people call by the task that made it: the T02 bucket.
var artefacts = set(`bucket token output outputs result results image key keys secret cluster namespace database certificate list report findings inventory
	schema config configuration host node role artefact artifact bundle dump snapshot backup export digest tag branch release chart manifest credentials
	credential notes build binary template script scripts module playbook recipe credential endpoint user account instance volume table dataset package index file files numbers addresses`)

// facets belong to a task as such, and do not come out of it: T02's owner.
var facets = set(`scope owner status estimate priority deadline section description text title turn risk assignee wording name id number heading
	author problem cause budget duration goal purpose job example style approach pattern layout scheme convention conventions naming structure
	format tone perspective view viewpoint standpoint team people progress delay`)

// endsCue tells whether a cue ends with a word.
func endsCue(w string) bool { return lastWords.has(w) }

// lastWords are the last words of cues.
var lastWords = &wordSet{fill: func(add func(string)) {
	for w := range cues() {
		add(w)
	}
}}
