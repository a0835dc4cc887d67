// @ts-check
/** Without a connection, and what the server refused afterwards; in German. */

/** @type {Record<string, import("../t.js").Text>} */
export const offline = {
  "offline.asOf": "Du siehst den Stand von {when}.",
  "update.ready": "Eine neue Version von FocusHub ist da.",
  "update.load": "Laden",
  "update.later": "Nicht jetzt",
  "refused.title": "Ließ sich nicht speichern",
  "refused.entry": "„{what}“, {from} – {to}",
  "refused.start": "„{what}“, seit {from}",
  "refused.edit": "Deine Änderungen an „{what}“",
  "refused.edit.unknown": "Deine Änderungen an einem Eintrag",
  "refused.why.project": "Für sein Projekt darfst du keine Zeit mehr erfassen.",
  "refused.why.overlaps_running": "Er überschneidet sich mit dem Timer, der jetzt läuft. Stoppe den zuerst und versuche es dann noch einmal.",
  "refused.why.version_conflict": "Der Eintrag wurde inzwischen anderswo geändert. Ein neuer Versuch legt deine Änderungen darüber.",
  "refused.why.not_found": "Den Eintrag oder sein Projekt gibt es nicht mehr.",
  "refused.why.invalid": "Der Server nimmt diese Zeiten nicht an: Sie liegen vielleicht zu weit zurück.",
  "refused.why.other": "Der Server hat es nicht angenommen.",
  "refused.without": "Ohne das Projekt speichern",
  "refused.again": "Noch einmal versuchen",
  "refused.drop": "Nicht speichern",
  "later.coming": "Die Seite wird geladen.",
  "later.failed": "Diese Seite ließ sich nicht laden",
  "later.failed.text": "Es gibt keine Verbindung, oder der Server hat eine neue Version. Nichts, was du getan hast, ist verloren.",
  "later.reload": "Noch einmal laden",
};
