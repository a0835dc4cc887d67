"""English."""

EN: dict[str, str] = {
    "mail.hello": "Hello {name},",
    "mail.open": "Open FocusHub",
    "mail.choice": "Which mails you get is your choice: {where}",
    "mail.choice.link": "Which mails you get",
    "mail.choice.rest": "is your choice.",
    "mail.account": "This mail is about the account that has this address.",
    "reset.title": "Set a new password",
    "reset.body": (
        "Somebody, hopefully you, wants to set a new password for your account. The link below "
        "lets you, once, within an hour.\n\n"
        "If it was not you, leave this mail alone: your password stays as it is."
    ),
    "verify.title": "Confirm your e-mail address",
    "verify.body": (
        "Open the link below to confirm that this is your address. It holds for a day.\n\n"
        "If you have no account here, somebody has mistyped theirs: leave this mail alone."
    ),
    "change.title": "Confirm your new e-mail address",
    "change.body": (
        "Somebody, hopefully you, wants to use this address for their account. It will be used "
        "once the link below is opened, within a day.\n\n"
        "If it was not you, leave this mail alone."
    ),
    "news.warning": (
        "If it was not you, set a new password at once, and end your logins in the settings."
    ),
    "password_changed.title": "Your password was changed",
    "password_changed.body": (
        "Your password was changed, and everybody who was signed in to your account elsewhere "
        "was signed out."
    ),
    "password_reset.title": "Your password was set anew",
    "password_reset.body": (
        "A new password was set by a link that was sent to this address. All devices were signed "
        "out, and API tokens have ended."
    ),
    "email_asked.title": "Your e-mail address is to be changed",
    "email_asked.body": (
        "{detail} is to be the address of your account. It was sent a link, which has to be "
        "opened first."
    ),
    "email_changed.title": "Your e-mail address was changed",
    "email_changed.body": (
        "The address of your account is {detail} now. You get no further mails at this one."
    ),
    "totp_on.title": "Codes are asked for at signing in",
    "totp_on.body": "Signing in to your account now takes a code from your authenticator app.",
    "totp_off.title": "Codes are asked for no more at signing in",
    "totp_off.body": "Signing in to your account takes the password alone now.",
    "recovery_codes.title": "You have new recovery codes",
    "recovery_codes.body": (
        "New recovery codes were made for your account; the former ones do not work any more."
    ),
    "recovery_code_used.title": "A recovery code was used",
    "recovery_code_used.body": (
        "One of your recovery codes was used in place of a code from your app. It does not work "
        "a second time."
    ),
    "identity_linked.title": "Another way to sign in to your account",
    "identity_linked.body": (
        "Your account was linked to one at {detail}, which opens it from now on, without your "
        "password. The link can be taken away in the settings."
    ),
    "badge.title": "You have earned the badge “{name}”",
    "badge.title.bare": "You have earned a badge",
    "badge.body": "It stands with your other badges now.",
    "streak.title": "{days} days in a row",
    "streak.title.bare": "Your streak goes on",
    "streak.body": "You have focused every day. Well done.",
    "forgotten.title": "Is your timer still running? “{what}”",
    "forgotten.title.bare": "Is your timer still running?",
    "forgotten.body": ("It has been running for long. Say since when you have not been working."),
    "ended.title": "Your timer was ended: “{what}”",
    "ended.title.bare": "Your timer was ended",
    "ended.body": "It had been running for too long. You can still correct its times.",
    "project.title": "{by} has made the project “{name}”",
    "project.somebody": "Somebody whom you follow",
    "project.nameless": "without a name",
    "project.body": "It is open for everybody to join.",
    "webhook.title": "Your webhook to {host} was switched off",
    "webhook.title.bare": "A webhook was switched off",
    "webhook.failing": (
        "For days nothing that was sent there was taken. You can switch it on again."
    ),
    "webhook.gone": "Its address has answered that it is gone for good.",
    "webhook.not_a_member": "You do not belong to its project any more.",
    "webhook.secret_lost": (
        "Its secret cannot be read any more. Make a new one, and switch it on again."
    ),
    "webhook.other": "Nothing more is sent there.",
    "other.title": "There is news for you",
    "other.body": "Look it up among your notifications.",
    "digest.title": "Your week: {time} of focus",
    "digest.time": "Focus time: {time} on {days}",
    "digest.streak": "Streak: {days}",
    "digest.rank": "Rank on the board of everybody: {rank}",
    "digest.badges": "New badges: {names}",
    "days.one": "{number} day",
    "days.other": "{number} days",
    "on_days.one": "{number} day",
    "on_days.other": "{number} days",
    "duration.hours": "{hours} h {minutes:02} min",
    "duration.minutes": "{minutes} min",
}
