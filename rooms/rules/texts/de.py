"""German."""

DE: dict[str, str] = {
    "mail.hello": "Hallo {name},",
    "mail.open": "FocusHub öffnen",
    "mail.choice": "Welche Mails du bekommst, entscheidest du: {where}",
    "mail.choice.link": "Welche Mails du bekommst",
    "mail.choice.rest": "entscheidest du.",
    "mail.account": "In dieser Mail geht es um das Konto, das diese Adresse hat.",
    "reset.title": "Neues Passwort setzen",
    "reset.body": (
        "Jemand, hoffentlich du, möchte für dein Konto ein neues Passwort setzen. Mit dem Link "
        "unten geht das einmal, innerhalb einer Stunde.\n\n"
        "Warst du es nicht, beachte diese Mail nicht: Dein Passwort bleibt, wie es ist."
    ),
    "verify.title": "Bestätige deine E-Mail-Adresse",
    "verify.body": (
        "Öffne den Link unten, um zu bestätigen, dass das deine Adresse ist. Er gilt einen Tag."
        "\n\n"
        "Hast du hier kein Konto, hat sich jemand vertippt: Beachte diese Mail nicht."
    ),
    "change.title": "Bestätige deine neue E-Mail-Adresse",
    "change.body": (
        "Jemand, hoffentlich du, möchte diese Adresse für ein Konto verwenden. Sie gilt, sobald "
        "der Link unten geöffnet wird, innerhalb eines Tages.\n\n"
        "Warst du es nicht, beachte diese Mail nicht."
    ),
    "news.warning": (
        "Warst du es nicht, setze sofort ein neues Passwort, und beende in den Einstellungen "
        "deine Anmeldungen."
    ),
    "password_changed.title": "Dein Passwort wurde geändert",
    "password_changed.body": (
        "Dein Passwort wurde geändert, und alle anderen Geräte wurden von deinem Konto abgemeldet."
    ),
    "password_reset.title": "Dein Passwort wurde neu gesetzt",
    "password_reset.body": (
        "Über einen Link an diese Adresse wurde ein neues Passwort gesetzt. Alle Geräte wurden "
        "abgemeldet, und API-Tokens gelten nicht mehr."
    ),
    "email_asked.title": "Deine E-Mail-Adresse soll geändert werden",
    "email_asked.body": (
        "{detail} soll die Adresse deines Kontos werden. Dorthin ging ein Link, der erst geöffnet "
        "werden muss."
    ),
    "email_changed.title": "Deine E-Mail-Adresse wurde geändert",
    "email_changed.body": (
        "Die Adresse deines Kontos ist jetzt {detail}. An diese hier kommen keine Mails mehr."
    ),
    "totp_on.title": "Beim Anmelden wird nun ein Code verlangt",
    "totp_on.body": (
        "Zum Anmelden an deinem Konto gehört von jetzt an ein Code aus deiner "
        "Authentifizierungs-App."
    ),
    "totp_off.title": "Beim Anmelden wird kein Code mehr verlangt",
    "totp_off.body": "Zum Anmelden an deinem Konto genügt jetzt das Passwort.",
    "recovery_codes.title": "Du hast neue Wiederherstellungscodes",
    "recovery_codes.body": (
        "Für dein Konto wurden neue Wiederherstellungscodes erstellt; die früheren gelten nicht "
        "mehr."
    ),
    "recovery_code_used.title": "Ein Wiederherstellungscode wurde verwendet",
    "recovery_code_used.body": (
        "Einer deiner Wiederherstellungscodes wurde statt eines Codes aus deiner App verwendet. "
        "Ein zweites Mal gilt er nicht."
    ),
    "identity_linked.title": "Ein weiterer Weg, dich anzumelden",
    "identity_linked.body": (
        "Dein Konto wurde mit einem bei {detail} verknüpft, das es von jetzt an ohne dein "
        "Passwort öffnet. Die Verknüpfung lässt sich in den Einstellungen lösen."
    ),
    "badge.title": "Du hast das Abzeichen „{name}“ verdient",
    "badge.title.bare": "Du hast ein Abzeichen verdient",
    "badge.body": "Es steht jetzt bei deinen anderen Abzeichen.",
    "streak.title": "{days} Tage in Folge",
    "streak.title.bare": "Deine Serie geht weiter",
    "streak.body": "Du hattest jeden Tag Fokus. Gut gemacht.",
    "forgotten.title": "Läuft dein Timer noch zu Recht? „{what}“",
    "forgotten.title.bare": "Läuft dein Timer noch zu Recht?",
    "forgotten.body": "Er läuft schon lange. Sag, seit wann du nicht mehr arbeitest.",
    "ended.title": "Dein Timer wurde beendet: „{what}“",
    "ended.title.bare": "Dein Timer wurde beendet",
    "ended.body": "Er war zu lange gelaufen. Du kannst seine Zeiten noch berichtigen.",
    "project.title": "{by} hat das Projekt „{name}“ angelegt",
    "project.somebody": "Jemand, dem du folgst,",
    "project.nameless": "ohne Namen",
    "project.body": "Es steht allen offen.",
    "webhook.title": "Dein Webhook zu {host} wurde abgeschaltet",
    "webhook.title.bare": "Ein Webhook wurde abgeschaltet",
    "webhook.failing": (
        "Seit Tagen wurde dort nichts angenommen. Du kannst ihn wieder einschalten."
    ),
    "webhook.gone": "Seine Adresse hat geantwortet, dass es sie nicht mehr gibt.",
    "webhook.not_a_member": "Du gehörst nicht mehr zu seinem Projekt.",
    "webhook.secret_lost": (
        "Sein Geheimnis ist nicht mehr lesbar. Erstelle ein neues, und schalte ihn wieder ein."
    ),
    "webhook.other": "Dorthin wird nichts mehr gesendet.",
    "other.title": "Es gibt Neues für dich",
    "other.body": "Du findest es bei deinen Benachrichtigungen.",
    "digest.title": "Deine Woche: {time} Fokus",
    "digest.time": "Fokuszeit: {time} an {days}",
    "digest.streak": "Serie: {days}",
    "digest.rank": "Platz in der Rangliste aller: {rank}",
    "digest.badges": "Neue Abzeichen: {names}",
    "days.one": "{number} Tag",
    "days.other": "{number} Tage",
    "on_days.one": "{number} Tag",
    "on_days.other": "{number} Tagen",
    "duration.hours": "{hours} Std. {minutes:02} Min.",
    "duration.minutes": "{minutes} Min.",
}
