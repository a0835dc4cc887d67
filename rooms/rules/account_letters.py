"""What is written to people about their accounts. Links lead to the page; their secret stands
behind a `#`, which browsers send to nobody."""

from rooms.rules.notices import Notice


def reset_letter(secret: str) -> Notice:
    body = (
        "Somebody, hopefully you, wants to set a new password for your account. The link below "
        "lets you, once, within an hour.\n\n"
        "If it was not you, leave this mail alone: your password stays as it is."
    )
    return Notice("Set a new password", body, f"/reset#{secret}")


def verify_letter(secret: str) -> Notice:
    body = (
        "Open the link below to confirm that this is your address. It holds for a day.\n\n"
        "If you have no account here, somebody has mistyped theirs: leave this mail alone."
    )
    return Notice("Confirm your e-mail address", body, f"/verify#{secret}")


def change_letter(secret: str) -> Notice:
    body = (
        "Somebody, hopefully you, wants to use this address for their account. It will be used "
        "once the link below is opened, within a day.\n\n"
        "If it was not you, leave this mail alone."
    )
    return Notice("Confirm your new e-mail address", body, f"/verify#{secret}")


def news_letter(kind: str, detail: str) -> Notice:
    """What has happened to an account, told to whoever owns it in case that it was not them."""
    title, body = _NEWS[kind]
    warning = "If it was not you, set a new password at once, and end your logins in the settings."
    return Notice(title, f"{body.format(detail=detail)}\n\n{warning}", "/settings")


_NEWS = {
    "password_changed": (
        "Your password was changed",
        "Your password was changed, and everybody who was signed in to your account elsewhere "
        "was signed out.",
    ),
    "password_reset": (
        "Your password was set anew",
        "A new password was set by a link that was sent to this address. All devices were signed "
        "out, and API tokens have ended.",
    ),
    "email_asked": (
        "Your e-mail address is to be changed",
        "{detail} is to be the address of your account. It was sent a link, which has to be "
        "opened first.",
    ),
    "email_changed": (
        "Your e-mail address was changed",
        "The address of your account is {detail} now. You get no further mails at this one.",
    ),
    "totp_on": (
        "Codes are asked for at signing in",
        "Signing in to your account now takes a code from your authenticator app.",
    ),
    "totp_off": (
        "Codes are asked for no more at signing in",
        "Signing in to your account takes the password alone now.",
    ),
    "recovery_codes": (
        "You have new recovery codes",
        "New recovery codes were made for your account; the former ones do not work any more.",
    ),
    "recovery_code_used": (
        "A recovery code was used",
        "One of your recovery codes was used in place of a code from your app. It does not work "
        "a second time.",
    ),
    "identity_linked": (
        "Another way to sign in to your account",
        "Your account was linked to one at {detail}, which opens it from now on, without your "
        "password. The link can be taken away in the settings.",
    ),
}
NEWS_KINDS = frozenset(_NEWS)
