package prose

var (
	// germanWords tell that a sentence is in German, and englishWords that it is in English.
	germanWords = set(`der die das den dem des ein eine einen einem einer eines und oder nicht kein keine keinen keinem ist sind wird werden wurde wurden worden hat haben hatte muss müssen kann können
		soll sollen darf im am vom zum zur beim auf aus bei mit nach von vor zu über unter wenn sobald erst dann noch schon auch nur wir sich sie er es als wie dass durch für um bis ohne gegen
		damit weil alle allen alles jede jeder jeden mehr sonst bereits nachdem bevor hier dafür hierfür danach braucht brauchen benötigt wartet hängt setzt blockiert fertig erledigt siehe
		statt falls unabhängig parallel voraussetzung voraussetzungen anders läuft geht man ab dies diese dieser diesen dieses je sowie zuerst vorher`)
	englishWords = set(`the a an of to and or is are be been being was were for with on at by from this that these those it its they we not no but as once until before after when which will must can
		should has have had do does than then only if into out up there here our their needs need`)

	// germanEnds end a clause.
	germanEnds = set(`, ; : . ! ( ) — – • aber sondern sonst denn`)
	// germanFinite are verbs behind the subject of a clause.
	germanFinite = set(`braucht benötigt kann muss darf soll wird ist hat läuft startet beginnt folgt wartet hängt setzt baut geht steht kommt`)
	// germanNo are words that say no, besides kein in its forms.
	germanNo = set(`nicht nie niemals nichts niemand weder unabhängig unberührt unnötig überflüssig nirgends keinesfalls keineswegs independent entfällt hinfällig egal`)
	// germanHedges only weigh what the sentence says.
	germanHedges = set(`eventuell evtl vielleicht könnte könnten wäre wären würde würden hätte hätten ursprünglich früher optional optionale idealerweise angeblich falls ob möglicherweise möglichst
		wünschenswert alternativ theoretisch gegebenenfalls ggf sollte sollten wollte wollten wollen hypothetisch notfalls eigentlich lieber`)
	// germanAsides make of what follows something that is only spoken of.
	germanAsides = set(`anders wie siehe vgl vergleiche vergleichbar verglichen statt anstatt anstelle analog ähnlich gegensatz parallel unabhängig außer abgesehen zeitgleich gleichzeitig see analogous unlike like
		entgegen betrifft ersetzt neben`)
	// germanFillers may stand between a preposition and what it is about.
	germanFillers = set(`der dem den die das des task tasks aufgabe aufgaben schritt schritte schritten punkt ticket beiden allen beide alle abschluss ende fertigstellung freigabe abnahme erledigung
		erfolgreichem erfolgreicher erfolgreichen vollständiger vollständigem dort dann`)
	// germanOutcomes are the end of a task.
	germanOutcomes = set(`abschluss ende fertigstellung freigabe abnahme erledigung durchführung`)
	// germanLate make of "nach der Zeremonie" a time beyond doubt.
	germanLate = set(`erst frühestens direkt unmittelbar gleich sofort`)
	// germanMust bind.
	germanMust = set(`muss müssen muß gehört unbedingt zwingend`)
	// germanDone say that something has been reached.
	germanDone = set(`fertig durch erledigt abgeschlossen bereit grün angekommen ausgerollt verteilt live ready gemerged deployed umgestellt eingerichtet aufgebaut abgenommen freigegeben beendet done steht
		vorliegt vorliegen installiert umgezogen migriert fertiggestellt erfolgreich produktiv online verfügbar unterschrieben angelegt aktiv komplett da`)
	// germanFailing say that something goes wrong.
	germanFailing = set(`fehlschlägt scheitert ausfällt kaputt fehlt abläuft abgelaufen voll leer weg klemmt hängt hakt verzögert verspätet abbricht abgebrochen`)
	germanFirst   = set(`vorher zuerst zuvor davor vorab`)
	germanThen    = set(`danach anschließend dann später`)
	germanWaits   = set(`wartet warten warte gewartet abwarten wartend abgewartet`)
	germanBuilds  = set(`basiert basieren basierend aufbauend aufbaut aufbauen aufsetzt aufgesetzt stützt angewiesen folgt folgen zugreift zugreifen`)
	germanHangs   = set(`hängt hängen abhängt abhängen abhängig`)
	germanNeeds   = set(`braucht brauchen brauche benötigt benötigen erfordert erfordern verlangt bedingt needs requires`)
	germanNeeded  = set(`benötigt gebraucht nötig notwendig erforderlich vorausgesetzt unerlässlich`)
	germanAux     = set(`wird werden wurde wurden ist sind war waren worden`)
	germanThis    = set(`das dies dieses diese diesen ihn sie es hier hieraus hiervon davon daraus`)
	germanStops   = set(`blockiert blockieren blockt geblockt`)
	germanOpens   = set(`ermöglicht entsperrt entblockt`)
	germanBegins  = set(`kann darf können dürfen startet beginnt folgt starten beginnen`)
	germanBefore  = set(`voraussetzung voraussetzungen vorbedingung vorbedingungen`)
	// germanMoved say that something does not come out of a task, but was taken off it.
	germanMoved = set(`verschoben ausgelagert ausgegliedert herausgelöst herausgenommen gestrichen verlagert bekannt gelernt vertagt verlegt verschiebt verschieben wandert wandern zieht umziehen übernimmt fragt fragen sucht suchen`)
	// germanPeople have nothing of what they belong to.
	germanPeople = set(`leute kollegen team teams personen erfahrungen erfahrung lehren lehre wissen text formulierung namen titel erkenntnis idee ideen
		person frage fragen problem probleme diskussion kritik kollege kollegin rest`)
	// germanMade are participles of what brings something about that was not there.
	germanMade = set(`angelegt erzeugt erstellt gebaut eingerichtet aufgebaut aufgesetzt bereitgestellt geliefert vorbereitet gesammelt erfasst ermittelt exportiert geschrieben gemessen definiert
		festgelegt beschlossen vereinbart ausgewählt gewählt installiert generiert ausgestellt signiert bestellt beschafft gekauft veröffentlicht gepusht entstanden gefunden gesichert notiert
		aufgeschrieben berechnet konfiguriert abgelegt vergeben erhoben entworfen`)
	// germanMaking are infinitives and other forms of verbs that make a file.
	germanMaking = set(`einchecken eingecheckt ablegen anlegen erzeugen erstellen schreiben exportieren generieren speichern sichern committen bauen aufschreiben entsteht landet erzeugt erstellt
		geschrieben exportiert generiert gespeichert abgelegt angelegt gebaut eingecheckt schreibt`)
	// germanRemoves are verbs of titles behind which nothing of what they name is left.
	germanRemoves = set(`entfernen abschalten löschen abgeben sperren kündigen stilllegen abbauen abräumen aufräumen ausschalten deaktivieren zurückbauen prüfen`)
	// germanElse makes of a noun another one than that of this plan; also as the beginning of a word.
	germanElse = set(`alte alten alter altes altem bisherige bisherigen bestehende bestehenden bestehender vorhandene vorhandenen aktuelle aktuellen letzte letzten vorige vorigen andere anderen anderer
		nächste nächsten frühere früheren ursprüngliche ursprünglichen jeweilige jeweiligen jetzige jetzigen zweite zweiten dritte dritten`)
	// germanDefinites stand before a noun that is known already.
	germanDefinites = set(`der die das den dem beide unser unsere unseren unserem unserer zum zur vom beim im am`)
	// germanTail begin what a title says further: of what, for whom.
	germanTail = set(`im am zum zur vom beim in an auf aus bei mit nach von vor zu über unter für ohne gegen durch der des dem den die das eines einer per via in for of to from on with at`)
	// germanThings are nouns for what comes out of a task, also as the end of a longer one.
	germanThings = []string{
		"liste", "token", "schlüssel", "zertifikat", "zertifikate", "image", "bucket", "ergebnis", "ergebnisse", "ergebnissen", "daten", "export", "dump", "backup", "konfiguration", "bericht",
		"tabelle", "inventar", "werte", "werten", "zahlen", "datei", "dateien", "skript", "vorlage", "bundle", "snapshot", "secret", "messwerten", "adressen", "schema", "issuer", "mount",
	}
)

// germanPreps are prepositions, those that an article has grown into among them.
var germanPreps = map[string]string{
	"nach": "nach", "vor": "vor", "ohne": "ohne", "auf": "auf", "von": "von", "vom": "von", "aus": "aus", "in": "in", "im": "in", "für": "für", "fürs": "für", "durch": "durch", "mit": "mit", "bei": "bei",
	"beim": "bei", "an": "an", "am": "an", "ans": "an", "zu": "zu", "zum": "zu", "zur": "zu", "über": "über", "gegen": "gegen", "gemäß": "gemäß", "laut": "gemäß", "dank": "gemäß", "seit": "seit", "ab": "ab",
	"bis": "bis", "während": "während", "um": "um", "wegen": "wegen", "trotz": "trotz", "unter": "unter", "hinter": "hinter", "zwischen": "zwischen",
}
