CREATE TABLE account (
    id          TEXT NOT NULL PRIMARY KEY,
    instance    TEXT NOT NULL,
    personality TEXT NOT NULL,
    user_name   TEXT NOT NULL,
    -- ASCII lower case: what must be unique and what is looked up.
    user_name_folded TEXT NOT NULL,
    mail        TEXT,
    mail_folded TEXT,
    first_name  TEXT,
    last_name   TEXT,
    country     TEXT,
    active      INTEGER NOT NULL,
    UNIQUE (instance, personality, user_name_folded),
    UNIQUE (instance, personality, mail_folded)
) STRICT;

-- account_id is no foreign key: a link may outlive its account, which is sipgate's story.
CREATE TABLE link (
    instance    TEXT NOT NULL,
    personality TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    kind        TEXT NOT NULL,
    value       TEXT NOT NULL,
    account_id  TEXT NOT NULL,
    account_name TEXT NOT NULL,
    PRIMARY KEY (instance, personality, issuer, kind, value)
) STRICT;

-- Replay memory: assertions that were accepted, until they expire (seconds since 1970).
CREATE TABLE used_assertion (
    instance    TEXT NOT NULL,
    personality TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    id          TEXT NOT NULL,
    expires     INTEGER NOT NULL,
    -- Whose it is, as a hash; empty: nobody's, such as a LogoutRequest.
    subject     TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (instance, personality, issuer, id)
) STRICT;

-- Who already got the accounts of a fresh personality, so that a deleted one stays deleted.
CREATE TABLE seeded (
    instance    TEXT NOT NULL,
    personality TEXT NOT NULL,
    PRIMARY KEY (instance, personality)
) STRICT;
