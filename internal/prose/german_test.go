package prose

import (
	"strings"
	"testing"
	"time"
)

// TestGerman reads German sentences in the section of T04.
func TestGerman(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"Braucht T02.", "T04>T02"},
		{"Dafür wird T02 benötigt.", "T04>T02"},
		{"Das benötigt T02 und T03.", "T04>T02 T04>T03"},
		{"Hierfür brauchen wir T01 bis T03.", "T04>T01 T04>T02 T04>T03"},
		{"Das geht erst nach T02.", "T04>T02"},
		{"Nach Abschluss von T02 wird beladen.", "T04>T02"},
		{"Nach T02 kann T05 starten.", "T05>T02"},
		{"Setzt T02 voraus.", "T04>T02"},
		{"Das setzt voraus, dass T02 durch ist.", "T04>T02"},
		{"Wir verladen mit der Liste aus T01.", "T04>T01"},
		{"Die Kisten, die in der Liste aus T01 stehen, kommen an Bord.", "T04>T01"},
		{"Das wartet auf T03.", "T04>T03"},
		{"Weil auf T03 gewartet werden muss, beginnen wir später.", "T04>T03"},
		{"Das hängt von T02 ab.", "T04>T02"},
		{"Das hängt vom Ergebnis von T02 ab.", "T04>T02"},
		{"Wenn T03 durch ist, geht es los.", "T04>T03"},
		{"Erst wenn T03 fertig ist, wird geladen.", "T04>T03"},
		{"Sobald T02 erledigt ist, kann T05 starten.", "T05>T02"},
		{"Nachdem T02 abgenommen wurde, wird geladen.", "T04>T02"},
		{"Blockiert durch T02.", "T04>T02"},
		{"Das ist blocked by T02, nicht by T03.", "T04>T02"},
		{"Vor T05 muss das fertig sein.", "T05>T04"},
		{"Muss vor T05 und T06 erledigt sein.", "T05>T04 T06>T04"},
		{"Nicht vor T02 anfangen.", "T04>T02"},
		{"Keinesfalls bevor T02 fertig ist.", "T04>T02"},
		{"Ohne T02 geht hier nichts.", "T04>T02"},
		{"Voraussetzung ist, dass kein Loch mehr im Rumpf ist, weder vorne (T02) noch hinten (T03).", "T04>T02 T04>T03"},
		{"T02 ist Voraussetzung.", "T04>T02"},
		{"Das ist Voraussetzung für T05.", "T05>T04"},
		{"Voraussetzungen: T01 und die Boote von T02", "T04>T01 T04>T02"},
		{"Voraussetzungen:\n\n- T01 ist durch\n- T02 steht\n- nicht T03", "T04>T01 T04>T02"},
		{"Das Fass, das in T02 angelegt wurde, kommt mit.", "T04>T02"},
		{"Das in T02 gebaute Boot wird beladen.", "T04>T02"},
		{"Die Ladung wird in T05 benötigt.", "T05>T04"},
		{"T05 braucht das.", "T05>T04"},
		{"Für T05 brauchen wir T02.", "T05>T02"},
		{"T05 wartet auf T02.", "T05>T02"},
		{"T02 muss fertig sein, bevor T05 startet.", "T05>T02"},
		{"T03 muss vorher fertig sein.", "T04>T03"},
		{"Das baut auf T02 auf.", "T04>T02"},
		{"Solange T02 nicht fertig ist, geht das nicht.", "T04>T02"},
		{"Blockiert T05.", "T05>T04"},
		{"Voraussetzung für T05 ist T02.", "T05>T02"},
		{"Danach kann T05 beginnen.", "T05>T04"},

		{"Anders als in T02 wird hier gewogen.", ""},
		{"Das ist unabhängig von T02.", ""},
		{"Hängt nicht von T02 ab.", ""},
		{"Siehe auch T02 und T03.", ""},
		{"Dafür ist T02 nicht nötig.", ""},
		{"Das braucht T02 nicht.", ""},
		{"T05 räumt den später weg.", ""},
		{"Die Arbeiten in T02 sind davon unberührt.", ""},
		{"Das muss nicht auf T02 warten.", ""},
		{"Läuft parallel zu T02.", ""},
		{"Das Boot kommt erst in T05.", ""},
		{"T02 ist noch nicht fertig.", ""},
		{"Wie in T02 beschrieben wird gewogen.", ""},
		{"Im Gegensatz zu T02 ist das leicht.", ""},
		{"Falls T02 fertig ist, nehmen wir das Boot.", ""},
		{"Vielleicht brauchen wir T02.", ""},
		{"Das könnte man auch nach T02 machen.", ""},
		{"Ursprünglich war das nach T02 geplant.", ""},
		{"Das wurde nach T02 verschoben.", ""},
		{"Statt mit den Booten aus T02 fahren wir mit dem Bus.", ""},
		{"Die Kollegen aus T02 helfen.", ""},
		{"Wann wird T02 fertig, und braucht man das?", ""},
		{"Der Text ist von T02 und der Rest nicht.", ""},
		{"Das ist keine Voraussetzung für T05.", ""},
		{"T02 oder T03 muss fertig sein.", ""},
		{"Im Rahmen von T02 wurde das schon besprochen.", ""},
		{"„Erst nach T02“ hat jemand gesagt.", ""},
		{"Wenn T02 scheitert, ist das egal.", ""},
		{"Sobald T02 ausfällt, wird gerudert.", ""},
		{"Der Server läuft auf dem Host aus T02 nicht.", ""},
		{"Das Segel aus T02 und T03 wird gehisst.", "T04>T02 T04>T03"},
		{"Erst T05, dann das hier.", ""},
		{"Nach T02 fragen viele.", ""},
		{"Das wird von T02 überschrieben.", ""},
		{"Die Person aus T02 kümmert sich um T03.", ""},
		{"Wir warten nicht bis T02 fertig ist.", ""},
		{"Warten, bis T02 fertig ist, lohnt nicht.", ""},
		{"Es wird nicht geladen, bis T02 fertig ist.", "T04>T02"},
		{"Das ist in T02 schon erledigt worden.", ""},
		{"Wer T02 macht, macht auch das hier.", ""},
		{"Als T02 lief, war das noch anders.", ""},
		{"T05 hängt nicht davon ab, T06 schon.", ""},
		{"Ask van der Berg about T02, then load.", ""},
		{"This needs T02, says van der Berg.", "T04>T02"},
		{"Die Ladung aus T02 wird in T05 gelöscht.", ""},
		{"Das Team von T02 wird hier nicht gebraucht.", ""},
		{"Zusammen mit T02 erledigen.", ""},
		{"Seit T02 ist das einfacher.", ""},
		{"Bis T05 ist noch Zeit.", ""},
		{"Während T02 läuft, kann das schon beginnen.", ""},
		{"Trotz T02 bleibt das Boot im Hafen und der Anker unten.", ""},
		{"Nicht nur T02, auch T03 ist wichtig.", ""},
		{"Wenn T02 fertig wäre, ginge das schneller.", ""},
		{"Das ist erst nötig, wenn T05 ansteht.", ""},
		{"Die Frage aus T02 ist noch offen, stört hier aber nicht.", ""},
		{"Parallel zu T02 und vor T05 ist dafür Zeit.", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			if got := lineOf(planWith("T04", c.says+"\n\nDer Rest und der Weg.")); got != sorted(c.want) {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}

// TestGermanOrder reads what is said in German of all tasks.
func TestGermanOrder(t *testing.T) {
	for _, c := range []struct{ says, want string }{
		{"Die Aufgaben sind unabhängig voneinander und können in beliebiger Reihenfolge erledigt werden.", "independent"},
		{"Die Schritte hängen nicht voneinander ab, der Rest ist egal.", "independent"},
		{"Die Tasks werden der Reihe nach abgearbeitet, und der Plan ist kurz.", "sequential"},
		{"Jede Aufgabe setzt die vorherige voraus und der Plan ist kurz.", "sequential"},
		{"Die Aufgaben müssen nicht der Reihe nach erledigt werden.", ""},
		{"Die Aufgaben sind bis auf T03 und T04 unabhängig voneinander.", ""},
		{"Die meisten Aufgaben sind unabhängig voneinander.", ""},
		{"Der Reihe nach wird erzählt, und der Plan ist kurz.", ""},
	} {
		t.Run(c.says, func(t *testing.T) {
			got := ""
			for _, d := range Lint(planWith("", c.says), Options{Now: time.Unix(1.8e9, 0)}) {
				if d.Code == "implied-order" {
					got, _, _ = strings.Cut(strings.TrimPrefix(d.Hint, "write order: "), " ")
				}
			}
			if got != c.want {
				t.Errorf("%q: found %q, wanted %q", c.says, got, c.want)
			}
		})
	}
}
