package prose

import "testing"

// TestReferences reads sentences that name no id, in the section of T04. Before it are T01 Draw the maps, T02 Build the
// boats and T03 Hire the crew; it is called Load the cargo, and behind it are T05 Set the sail, T06 Find the harbour,
// T07 Sell the cargo and T08 Tell the stories.
func TestReferences(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"Once the boats are built, load them.", "T04>T02"},
		{"Not before the crew has been hired.", "T04>T03"},
		{"Only when the boats float.", "T04>T02"},
		{"When the boats are ready, begin.", "T04>T02"},
		{"When the boats rock, wait.", ""},
		{"As soon as boats and crew are there.", "T04>T02 T04>T03"},
		{"Wait until the maps, the boats and the crew are there.", "T04>T01 T04>T02 T04>T03"},
		{"The crew must be there first.", "T04>T03"},
		{"The crew must sing.", ""},
		{"The crew must stay sober.", ""},
		{"There has to be a crew to carry it.", "T04>T03"},
		{"With the boats in place this takes a day.", "T04>T02"},
		{"With the boats it takes a day.", "T04>T02"},
		{"Needs the maps.", "T04>T01"},
		{"Needs a map.", ""},
		{"Requires the maps and a lamp.", "T04>T01"},
		{"Does not need the maps.", ""},
		{"No need to wait for the boats. Take the weight from the boats.", ""},
		{"Independent of the boats.", ""},
		{"Unlike the boats, cargo is heavy.", ""},
		{"Like the maps, lists are made of paper.", ""},
		{"If the boats are late, wait.", ""},
		{"After the last crew left, we were alone.", ""},
		{"Once another crew is hired, tell them.", ""},
		{"Repeat this until the boats are deep in the water.", ""},
		{"Do not start until the boats are in the water.", "T04>T02"},
		{"The boats float once they are painted.", ""},
		{"Alert somebody once the boats are lost.", ""},
		{"The boats come from the yard. Once they are here, begin.", ""},
		{"Get the lists from T03. As soon as they are complete, begin.", "T04>T03"},
		{"Put it on the boats after lunch.", ""},
		{"Carry the drawn maps on board.", "T04>T01"},
		{"Mark it on the maps we drew.", "T04>T01"},
		{"Load it onto the boats.", "T04>T02"},
		{"Read the weights from the maps.", "T04>T01"},
		{"Ask the crew.", ""},
		{"The crew eats at noon.", ""},
		{"Should the crew be there?", ""},
		{"Ideally once the boats are built.", ""},
		{"It is enough that the boats float.", "T04>T02"},
		{"The maps are needed for this.", "T04>T01"},
		{"The maps are not needed for this.", ""},
		{"For the songs the crew is needed.", "T04>T03"},
		{"For the boats a lamp is needed.", ""},
		{"Begin when the maps are drawn.", "T04>T01"},
		{"Once the old boats are there, burn them.", ""},
		{"Load it onto the neighbour's boats.", ""},
		{"Put it on the finished boats.", "T04>T02"},
		{"Pointless as long as the boats are not there.", "T04>T02"},
		{"Once all of the above is done.", "T04>T01 T04>T02 T04>T03"},
		{"Once everything else is stowed, smile.", "T04>T01 T04>T02 T04>T03"},
		{"Must be done before the harbour is found.", "T06>T04"},
		{"Needed for the harbour.", "T06>T04"},
		{"Not needed for the harbour.", ""},
		{"Once the harbour is found, rest.", ""},
		{"Once the cargo is there, load it.", ""},
		{"Prerequisites: maps drawn, boats afloat", "T04>T01 T04>T02"},
		{"Prerequisites:\n\n- the maps\n- a lamp\n- a boat or a crew", "T04>T01"},
		{"\"Once the boats are built\", they said.", ""},
		{"`once the boats are built`", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := planWith("T04", c.says)
			if got := lineOf(p); got != sorted(c.want) {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}

// TestSequence reads sentences above all tasks.
func TestSequence(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"T01, then T02 and T03 in parallel, then T04.", "T02>T01 T03>T01 T04>T02 T04>T03"},
		{"First T01, afterwards T02, finally T05.", "T02>T01 T05>T02"},
		{"T01 first. T02 and T03 can go side by side, T04 joins them.", "T02>T01 T03>T01 T04>T02 T04>T03"},
		{"T01 is for the crew, and then there is T02.", ""},
		{"T01 was done in May, then came T02.", ""},
		{"T02 does not have to be done before T03.", ""},
		{"T03, then T02.", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			p := planWith("", c.says)
			if got := lineOf(p); got != sorted(c.want) {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}
