"""Whether a calendar's provider has agreed to keep health data as the law wants it: what a practice is told.

Google signs for Workspace only, when an admin accepts it: in the United States a business associate agreement (HIPAA;
https://support.google.com/a/answer/3407054 says that without it Google's services must not be used with health data),
in Europe a data processing addendum (GDPR, article 28). Personal accounts have neither."""

from __future__ import annotations

from connectors.google_options import Options

_PERSONAL = ("@gmail.com", "@googlemail.com")


def personal(options: Options) -> bool:
    """Whether this is a personal Google account, as far as its address tells."""
    return any((who or "").endswith(_PERSONAL) for who in (options.user, options.me, options.subject))


def warning(account: str, options: Options) -> str | None:
    """What to say about agreements on health data; None where the practice says that it has one."""
    why = (
        "appointments that tell who is in therapy are health data, and whoever keeps them for a practice needs a "
        "contract for that (United States: a HIPAA business associate agreement; Europe: a data processing agreement, "
        "GDPR art. 28)"
    )
    if personal(options):
        return (
            f"{account}: this is a personal Google account, for which Google makes no agreement about health data at "
            f"all; {why}. Keep clients' appointments in a Google Workspace account instead, or keep whatever tells who "
            "a client is out of this calendar"
        )
    if options.health_data_agreement:
        return None
    return (
        f"{account}: the rule file names no agreement with Google about health data; {why}. An admin of the Workspace "
        "accepts it under admin.google.com > Account > Account settings > Legal and compliance; then write "
        "`health_data_agreement: yes` in this account"
    )
