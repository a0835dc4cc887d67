// @ts-check
/** Without a connection: what waits, what was refused, what is only the last known; new versions; pages still to come. */

/** @type {Record<string, import("../t.js").Text>} */
export const offline = {
  "offline.asOf": "What you see is as of {when}.",
  "update.ready": "A new version of FocusHub is ready.",
  "update.load": "Load it",
  "update.later": "Not now",
  "refused.title": "Could not be saved",
  "refused.entry": "“{what}”, {from} – {to}",
  "refused.start": "“{what}”, since {from}",
  "refused.edit": "Your changes to “{what}”",
  "refused.edit.unknown": "Your changes to an entry",
  "refused.why.project": "You may no longer track on its project.",
  "refused.why.overlaps_running": "It overlaps the timer that is running now. Stop that one first, then try again.",
  "refused.why.version_conflict": "The entry was changed elsewhere in the meantime. Trying again puts your changes over it.",
  "refused.why.not_found": "The entry, or its project, is no longer there.",
  "refused.why.invalid": "The server does not take these times: they may lie too far back.",
  "refused.why.other": "The server did not accept it.",
  "refused.without": "Save without the project",
  "refused.again": "Try again",
  "refused.drop": "Do not save",
  "later.coming": "The page is being loaded.",
  "later.failed": "This page could not be loaded",
  "later.failed.text": "There is no connection, or the server has a new version. Nothing that you did is lost.",
  "later.reload": "Load again",
};
