"""Every shared table, in the order the data flows. A report plug-in declares its own table beside its computation."""

from dataclasses import replace

from voc.schema import Table, column, table

WHY_CONTACT_EXCLUDED = ("company_initiated", "merged", "automatic", "internal", "acknowledgement", "superseded")
MADE_BY = ("thread", "answer_to_outreach", "reopen", "session", "chaser")
WHY_TEXT_EXCLUDED = ("empty", "no_content", "nothing_left_after_cleaning", "template", "unsupported_language", "contact_excluded")
WHY_UNASSIGNED = ("low_confidence", "unlike_others", "noise", "deleted_by_person", "unsupported_language")
REMOVED_KINDS = ("quoted_reply", "signature", "boilerplate", "template")
TEMPLATE_RULES = ("repeated_text", "repeated_block", "form_label")
NAMED_BY = ("words", "taxonomy", "person", "model")
SENTIMENT_METHODS = ("base_model", "vectors_only", "lexicon", "not_estimated")
REPEAT_TYPES = ("planned", "duplicate", "follow_up", "reopen", "chaser", "after_bot", "new_thread_same_channel", "channel_switch")
NO_REPEATS = ("planned", "duplicate")  # shown among the repeats, counted in no figure
WHY_DOUBTFUL = ("few_texts", "linked_pairs_disagree", "unstable", "not_separate", "incoherent", "low_confidence")
TOPIC_EVENTS = ("continued", "new", "merged", "split", "retired")
DEMAND_TYPES = (
    "value", "product_defect", "product_gap", "instruction_unclear", "policy_friction", "operations_delay",
    "wrong_answer", "chaser", "access",
)  # fmt: skip

# What ingest reads of the contacts stored before: enough to say who is who and whether the cost file fits.
KNOWN_OF_CONTACTS = (
    "contact_id", "source", "customer_id", "identifiers", "account", "opened_at", "updated_at", "segment", "organisation",
    "annual_revenue", "site", "channel", "handle_minutes", "made_by", "why_excluded",
)  # fmt: skip

RAW_COUNTS = "Repeats here are raw counts: those that chance alone would give are not taken out."
NET = (
    "Repeats are net: those that chance alone would give are taken out by probability; raw counts and a conservative bound "
    "stand beside them."
)
ESTIMATE = "Low and high are the 10th and 90th percentile when customers are resampled (an 80% range)."
ASSUMPTIONS = "Money rests on the cost file; where its lines say 'assumption' the figures are illustrative."
ROWS_AS_THEY_STOOD = "A raw row keeps every column of the file, also those no map names; long numbers are masked too."
NAMES_REMAIN = "Personal data is taken out of the texts; of ten names of people one may remain."
STABILITY = (
    "Mean over random 80% parts of the texts of the Jaccard similarity with the most similar group found there (Hennig "
    "2007): below .6 a weak sign, from .75 stable; empty for fewer than 2 texts and for other engines"
)
SEPARATION = (
    "Cosine of a text with its topic's centre less that with the nearest other topic's, mean; below .08 a weak sign"
)
COHERENCE = (
    "Mean NPMI of the leading words over texts (Röder et al. 2015), -1 to 1; below coherence_chance a weak sign: the "
    "words have no more to do with each other than words of different topics"
)
LINKED_PAIRS = (
    "Pairs of contacts known to be about one problem (vendor's follow-up, merge, double post in other words) whose "
    "earlier one has this topic and whose later one has any"
)
LINKED_AGREEMENT = (
    "Share of these pairs with the same main topic: the chance that a true repeat is seen as one; below .6 (the whole "
    "interval) the topic is doubtful; empty without pairs"
)
SENTIMENT_ESTIMATE = "Sentiment and effort are estimates of a small model: compare topics, do not quote single texts' values."
DOUBTFUL = (
    "Do not trust: two weak signs among stability, separation, coherence and confidence, fewer than 5 different texts, "
    "or linked pairs that disagree. Of labelled topics marked so, 7 in 10 did not stand for what people had labelled"
)
ASSOCIATION = "Satisfaction impact is descriptive: it does not show what a fix would do."


# ---------------------------------------------------------------- runs


@table("runs", kind="report", grain="run of a pipeline", label="started_at", sort="-started_at")
class Run:
    run_id: str = column("Identifier: start time and a short hash of the settings", key=True)
    pipeline: str = column("Name of the pipeline")
    status: str = column("Where it ended", choices=("running", "complete", "interrupted", "failed"))
    started_at: str = column("When it started, UTC")
    finished_at: str | None = column("When it finished, UTC")
    as_of: str | None = column("Time of the latest contact or answer that counts: the date the figures speak of")
    seed: int = column("Seed of every random choice")
    settings: str = column("The pipeline's settings (JSON)")
    versions: str = column("Versions of the program and its libraries, and a fingerprint of the database's key (JSON)")
    inputs: str = column("Name, size and SHA-256 of every input file (JSON)")
    currency: str | None = column("Currency of every money figure of the run; empty without a cost file")
    first_day: str | None = column("First day of the period asked for; empty: from the first day of the data")
    last_day: str | None = column("Last day of the period asked for; empty: to the last day of the data")


@table("run_stages", kind="report", grain="stage of a run", sort="position")
class RunStage:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    stage: str = column("The stage", key=True)
    position: int = column("Place in the flow", low=1)
    rows_in: str = column("Rows read, by table (JSON)")
    rows_out: str = column("Rows written, by table (JSON)")
    notes: str = column("What the stage set aside or found, with counts (JSON)")
    seconds: float = column("Wall time", unit="seconds", low=0)


# ---------------------------------------------------------------- ingest


@table("files", kind="working", grain="input file of the latest run", label="file_name", is_hidden=False)
class File:
    file_id: str = column("Source and file name", key=True)
    source: str = column("Name of the source in the pipeline file")
    kind: str = column("Source plug-in that read it")
    file_name: str = column("Name of the file, without its folder")
    sha256: str = column("Hash of the file's bytes")
    byte_count: int = column("Size", unit="bytes", low=0)
    rows_read: int = column("Rows (or items) found in the file", unit="rows", low=0)
    records: int = column("Records they hold: a ticket with a rating is a contact and a response", low=0)
    contacts: int = column("Records that became contacts", low=0)
    responses: int = column("Records that became survey responses", low=0)
    joined: int = column("Records joined to a contact or a customer: messages, details, people", low=0)
    rejects: int = column("Records set aside, with a reason in the table rejects", low=0)


@table("customers", kind="working", grain="person (or account, where the pipeline says so) known from any source", label="name",
       is_hidden=False, facets=("segment",), sort="-contact_count")  # fmt: skip
class Customer:
    customer_id: str = column("Identifier, from the hashed identifiers that belong together", key=True)
    name: str = column("A neutral name to read: 'Customer' and the first characters of the identifier")
    identifier_count: int = column("Distinct identifiers joined into this customer", low=1)
    segment: str | None = column("Segment, from the latest row that states one")
    organisation: str | None = column("Organisation, from the latest row that states one", redact=True)
    annual_revenue: float | None = column("Yearly revenue of the account, in the run's currency", unit="a year")
    contact_count: int = column("Contacts", unit="contacts", low=0)
    response_count: int = column("Survey responses", unit="responses", low=0)
    first_seen_at: str | None = column("First contact or response, UTC")
    last_seen_at: str | None = column("Last contact or response, UTC")


@table("contacts", kind="source", grain="contact: a ticket, chat, call or question opened by a customer",
       label="subject", facets=("source", "channel", "site", "segment"), sort="-opened_at",
       indexes=(("customer_id", "opened_at"), ("opened_at",)))  # fmt: skip
class Contact:
    contact_id: str = column("Source name and the vendor's id", key=True)
    source: str = column("Name of the source in the pipeline file")
    customer_id: str | None = column("Who made it; empty when the source does not say", ref="customers.customer_id")
    identifiers: str = column("Kind and keyed hash of the customer's identifiers (JSON); the identifiers themselves are not kept")
    account: str | None = column("Keyed hash of the customer's organisation, or of the mail domain where it is no free-mail")
    channel: str = column("Channel: email, web, chat, phone, messaging, forum ...", redact=True)
    site: str | None = column("Team, location or outsourcer that handled it", redact=True)
    segment: str | None = column("Customer segment as the source gives it", redact=True)
    organisation: str | None = column("Customer's organisation", redact=True)
    annual_revenue: float | None = column("Yearly revenue of the customer's account", unit="a year")
    opened_at: str = column("When the customer made contact, UTC")
    closed_at: str | None = column("When it was solved, UTC; the repeat clock starts here, else at opened_at")
    updated_at: str | None = column("Last change in the source, UTC")
    status: str | None = column("Status in the source", redact=True)
    priority: str | None = column("Priority in the source", redact=True)
    given_topic: str | None = column("Category recorded by the source's own form or agent", redact=True)
    subject: str | None = column("Subject line, redacted", redact=True)
    handle_minutes: float | None = column("Measured agent time, never elapsed time", unit="minutes", low=0)
    public_reply_count: int | None = column("Public agent replies", low=0)
    reopen_count: int | None = column("Times it was reopened after being solved", low=0)
    follow_up_of: str | None = column("Contact it continues, by the vendor's own link")
    merged_into: str | None = column("Contact that absorbed it")
    language: str | None = column("Language as the source states it", redact=True)
    tags: str = column("Tags (JSON)", redact=True)
    made_by: str = column(
        "Rule that made it a contact: a thread of its own, the customer's answer to outreach, a message after the thread was solved "
        "(reopen), after a silence on a live channel (session), or after waiting without an answer (chaser)", choices=MADE_BY)  # fmt: skip
    is_planned: bool = column("The customer was asked to come back: no repeat")
    is_bot_only: bool = column("A bot answered and no person")
    transfer_count: int | None = column("Hand-overs between agents", low=0)
    why_excluded: str | None = column("Why it takes no part in topics, repeats and cost", choices=WHY_CONTACT_EXCLUDED)
    file_name: str = column("File it was last read from", provenance=True)
    line: int = column("Line or item in that file", provenance=True)


@table("responses", kind="source", grain="survey response", facets=("source", "score_kind", "segment"),
       sort="-responded_at", label="response_id")  # fmt: skip
class Response:
    response_id: str = column("Source name and the vendor's id", key=True)
    source: str = column("Name of the source in the pipeline file")
    customer_id: str | None = column("Who answered", ref="customers.customer_id")
    identifiers: str = column("Kind and keyed hash of the customer's identifiers (JSON)")
    contact_id: str | None = column("Contact it answers about, where the export says so")
    responded_at: str = column("When it was answered, UTC")
    score: float | None = column("Score as given")
    score_kind: str | None = column("What the score is: nps, csat, ces, rating")
    score_worst: float | None = column("Value that means the worst")
    score_best: float | None = column("Value that means the best")
    satisfaction_share: float | None = column("Score on a scale from 0 (worst) to 1 (best)", low=0, high=1)
    channel: str | None = column("Channel of the survey", redact=True)
    segment: str | None = column("Customer segment", redact=True)
    site: str | None = column("Team, location or outsourcer", redact=True)
    language: str | None = column("Language as the source states it", redact=True)
    file_name: str = column("File it was last read from", provenance=True)
    line: int = column("Line in that file", provenance=True)


@table("verbatims", kind="source", grain="text a customer wrote: a ticket's message or a survey answer",
       cautions=(NAMES_REMAIN,), search=("text",), facets=("source", "kind"),
       sort="-said_at", label="verbatim_id", indexes=(("said_at",),))  # fmt: skip
class Verbatim:
    verbatim_id: str = column("Identifier", key=True)
    source: str = column("Name of the source")
    kind: str = column("What it is", choices=("contact", "answer"))
    contact_id: str | None = column("The contact it belongs to", ref="contacts.contact_id")
    response_id: str | None = column("The survey response it belongs to", ref="responses.response_id")
    said_at: str = column("When, UTC")
    question: str | None = column("The question it answers", redact=True)
    text: str = column("The words as plain text, redacted, before cleaning", redact=True)
    redaction_count: int = column("Personal data replaced by tokens", low=0)


@table("raw_texts", kind="raw", grain="verbatim as it came, in the file that keep_raw names", is_hidden=True)
class RawText:
    verbatim_id: str = column("The verbatim", key=True)
    text: str = column("The words with everything personal in them")


@table("rejects", kind="working", grain="row of an input file that became neither contact nor response",
       is_hidden=False, facets=("file_name", "is_fault", "reason"),
       cautions=(NAMES_REMAIN, ROWS_AS_THEY_STOOD))  # fmt: skip
class Reject:
    reject_id: str = column("File and running number", key=True)
    file_id: str = column("The file", ref="files.file_id")
    file_name: str = column("Name of the file")
    line: int = column("Line, row or item in the file")
    reason: str = column("Why it was set aside", redact=True)
    is_fault: bool = column("Counts towards max_reject_share; previews and deleted tickets do not")
    raw_row: str = column("The row as it stood in the file, redacted; with its columns, as JSON, where one of them may name a person", redact=True)
    identifiers: str | None = column("Kind and keyed hash of identifiers found in the row (JSON), so that a customer can be forgotten here as well")


@table("identity_reviews", kind="working", grain="cluster of identifiers too large to be one person", is_hidden=False,
       sort="-row_count")  # fmt: skip
class IdentityReview:
    review_id: str = column("Identifier: to join the cluster all the same, put it under identity.accept of the pipeline", key=True)
    identifier_count: int = column("Distinct identifiers that rows tie together", unit="identifiers", low=1)
    row_count: int = column("Contacts and responses they stand in", low=1)
    kinds: str = column("Identifiers by kind (JSON)")
    widest: str = column("Kind and hash of the identifier that stands in most rows: often a mailbox or number many people share")
    is_joined: bool = column("Accepted in the pipeline file: these rows are one customer; otherwise each row counts by its strongest identifier")


@table("forgotten", kind="person", grain="identifier of a customer who was erased: rows with it are not taken in again")
class Forgotten:
    identifier: str = column("Kind and keyed hash", key=True)
    forgotten_at: str = column("When, UTC")


# ---------------------------------------------------------------- prepare


@table("cleaned_verbatims", kind="working", grain="verbatim after cleaning", is_hidden=False,
       facets=("language", "why_excluded"), cautions=(NAMES_REMAIN,))  # fmt: skip
class CleanedVerbatim:
    verbatim_id: str = column("The verbatim", key=True, ref="verbatims.verbatim_id")
    text: str = column("The customer's own words: quoted replies, signatures, boilerplate and templates removed")
    language: str | None = column("Detected language (ISO 639 code); empty when the detection is unsure")
    language_confidence: float = column("Confidence of the detection", low=0, high=1)
    word_count: int = column("Words left", unit="words", low=0)
    removed_character_count: int = column("Characters removed", unit="characters", low=0)
    uncovered_character_count: int = column("Characters past the last passage of a very long text", low=0)
    why_excluded: str | None = column("Why it takes no part", choices=WHY_TEXT_EXCLUDED)


@table("templates", kind="working", grain="text, or part of texts, that many customers sent (nearly) word for word: a form, a macro, a "
       "notification, a footer, a circular letter; cut out, so that it neither makes nor names a topic",
       label="example", is_hidden=False, facets=("rule",), sort="-verbatim_count", cautions=(NAMES_REMAIN,))  # fmt: skip
class Template:
    template_id: str = column("Identifier, from its commonest wording", key=True)
    rule: str = column("A whole text, a block of texts (paragraph, line or sentence), or the label of a form's field", choices=TEMPLATE_RULES)
    example: str = column("Its commonest wording, redacted")
    verbatim_count: int = column("Verbatims that hold it", unit="verbatims", low=1)
    whole_count: int = column("Of these, verbatims with nothing else in them: they take no part", unit="verbatims", low=0)
    customer_count: int = column("Customers who sent it; where the source names nobody, contacts and responses", unit="customers", low=1)
    share: float = column("Share of all verbatims with content that hold it", low=0, high=1)
    first_seen_at: str = column("First verbatim that holds it, UTC")
    last_seen_at: str = column("Last verbatim that holds it, UTC")


@table("removals", kind="working", grain="piece of text removed by cleaning", is_hidden=False, facets=("kind", "rule"))
class Removal:
    verbatim_id: str = column("The verbatim", key=True, ref="verbatims.verbatim_id")
    position: int = column("Order in the verbatim", key=True, low=1)
    kind: str = column("What it was", choices=REMOVED_KINDS)
    rule: str = column("The rule that cut it, such as wrote_line ('On ... wrote:') or legal_notice")
    start_character: int = column("Its first character in the verbatim's text before cleaning", low=0)
    text: str = column("The text removed, redacted")
    template_id: str | None = column("The template it is", ref="templates.template_id")


@table("passages", kind="working", grain="passage: one or more sentences that make one point",
       is_hidden=False, label="text", cautions=(NAMES_REMAIN,))  # fmt: skip
class Passage:
    passage_id: str = column("Verbatim and position", key=True)
    verbatim_id: str = column("The verbatim", ref="verbatims.verbatim_id")
    position: int = column("Order in the verbatim", low=1)
    start_character: int = column("First character in the cleaned text", low=0)
    end_character: int = column("Character after the last in the cleaned text", low=0)
    text: str = column("The passage")
    text_hash: str = column("Hash of the text, the key of its vector")
    language: str | None = column(
        "Detected language (ISO 639 code): its own, or that of its verbatim where it is too short to tell; empty when unsure")  # fmt: skip
    why_excluded: str | None = column("Why it is in no cluster", choices=("unsupported_language",))


# ---------------------------------------------------------------- embed


@table("vectors", kind="cache", grain="distinct text and embedding model")
class Vector:
    model: str = column("Embedding model and version", key=True)
    text_hash: str = column("Hash of the text", key=True)
    vector: bytes = column("float32 values, length 1")


# ---------------------------------------------------------------- topics, match


@table("clusters", kind="working", grain="group of passages found in the texts, before reasons and people's edits",
       label="name", sort="-passage_count", is_hidden=False)  # fmt: skip
class Cluster:
    cluster_id: str = column("Identifier that lasts from run to run", key=True)
    name: str = column("What customers call it")
    words: str = column("Leading words (c-TF-IDF)")
    passage_count: int = column("Passages", unit="passages", low=1)
    confidence: float = column("Mean confidence of its passages", low=0, high=1)


@table("cluster_words", kind="working", grain="leading word of a cluster")
class ClusterWord:
    cluster_id: str = column("The cluster", key=True, ref="clusters.cluster_id")
    position: int = column("Rank of the word", key=True, low=1)
    word: str = column("Word")
    weight: float = column("c-TF-IDF weight")


@table("passage_clusters", kind="working", grain="passage, with the cluster it is in or nearest to")
class PassageCluster:
    passage_id: str = column("The passage", key=True, ref="passages.passage_id")
    cluster_id: str | None = column("The cluster it is in, or would be in were it not set aside", ref="clusters.cluster_id")
    confidence: float = column("Share of the passage's neighbourhood that lies in the cluster", low=0, high=1)
    nearness: float = column("Mean cosine similarity to the nearest passages", low=-1, high=1)
    centrality: float = column("Cosine similarity to the cluster's centre", low=-1, high=1)
    why_unassigned: str | None = column("Why it is set aside", choices=WHY_UNASSIGNED)


@table("themes", kind="working", grain="theme: topics that belong together", label="name", is_hidden=False,
       sort="-passage_count")  # fmt: skip
class Theme:
    theme_id: str = column("Identifier that lasts from run to run", key=True)
    name: str = column("Area of the taxonomy, or what its topics have in common")
    is_area: bool = column("An area of the taxonomy")
    topic_count: int = column("Topics", unit="topics", low=1)
    passage_count: int = column("Passages", unit="passages", low=0)


@table("topics", kind="working", grain="topic: what repeats and money are counted by", label="name", is_hidden=False,
       facets=("theme_id",), sort="-passage_count")  # fmt: skip
class Topic:
    topic_id: str = column("Identifier that lasts from run to run; 'r-' and the reason's id for a reason of the taxonomy",
                           key=True)  # fmt: skip
    name: str = column("The reason's label, a person's choice, or what customers call it")
    named_by: str = column("Where the name comes from", choices=NAMED_BY)
    theme_id: str | None = column("The theme it belongs to", ref="themes.theme_id")
    words: str = column("Leading words (c-TF-IDF)")
    cluster_count: int = column("Clusters it is made of", unit="clusters", low=0)
    passage_count: int = column("Passages", unit="passages", low=1)
    contact_count: int = column("Contacts that speak of it", unit="contacts", low=0)
    response_count: int = column("Survey responses that speak of it", unit="responses", low=0)
    confidence: float = column("Mean confidence of its passages", low=0, high=1)
    is_pinned: bool = column("Pinned by a person: keeps its id, name and passages")


@table("topic_clusters", kind="working", grain="cluster and the topic its passages count for", is_hidden=False,
       facets=("joined_by",))  # fmt: skip
class TopicCluster:
    topic_id: str = column("The topic", key=True, ref="topics.topic_id")
    cluster_id: str = column("The cluster, a part (sub-topic) of the topic", key=True, ref="clusters.cluster_id")
    passage_count: int = column("Passages of the cluster that count for the topic", unit="passages", low=1)
    joined_by: str = column("Why", choices=("itself", "reason", "person"))
    score: float | None = column("Similarity of the cluster to its nearest reason; empty without taxonomy", low=-1, high=1)


@table("topic_words", kind="working", grain="leading word of a topic", is_hidden=False)
class TopicWord:
    topic_id: str = column("The topic", key=True, ref="topics.topic_id")
    position: int = column("Rank of the word", key=True, low=1)
    word: str = column("Word or pair of words")
    weight: float = column("c-TF-IDF weight; of several clusters the mean, weighted by passages")


@table("passage_topics", kind="working", grain="passage, with its topic or the reason it has none", is_hidden=False,
       facets=("topic_id", "why_unassigned"), indexes=(("topic_id", "centrality"),))  # fmt: skip
class PassageTopic:
    passage_id: str = column("The passage", key=True, ref="passages.passage_id")
    topic_id: str | None = column("Its topic", ref="topics.topic_id")
    confidence: float = column("Share of the passage's neighbourhood that lies in its cluster", low=0, high=1)
    centrality: float = column("Cosine similarity to the topic's centre", low=-1, high=1)
    why_unassigned: str | None = column("Why it has no topic", choices=WHY_UNASSIGNED)


@table("verbatim_topics", kind="working", grain="verbatim and topic it speaks of; shares of a verbatim add up to 1",
       is_hidden=False, facets=("topic_id",), indexes=(("topic_id",), ("contact_id",)))  # fmt: skip
class VerbatimTopic:
    verbatim_id: str = column("The verbatim", key=True, ref="verbatims.verbatim_id")
    topic_id: str = column("The topic", key=True, ref="topics.topic_id")
    contact_id: str | None = column("The contact", ref="contacts.contact_id")
    response_id: str | None = column("The survey response", ref="responses.response_id")
    share: float = column("Share of the verbatim's passages that speak of it", low=0, high=1)
    is_main: bool = column("The largest share (the first in the text when equal)")
    confidence: float | None = column("Mean confidence of its passages about the topic; empty: sure", low=0, high=1)


@table("reasons", kind="working", grain="contact reason of the taxonomy", label="label", is_hidden=False,
       facets=("area", "demand_type", "owner"))  # fmt: skip
class Reason:
    reason_id: str = column("Identifier in the taxonomy file", key=True)
    taxonomy: str = column("Name of the taxonomy")
    label: str = column("The reason in a few words")
    area: str = column("Group of reasons")
    description: str = column("What belongs here")
    demand_type: str = column("Kind of demand", choices=DEMAND_TYPES)
    owner: str = column("Function that owns it unless people say otherwise")


@table("topic_decisions", kind="person", grain="topic a person decided about", label="reason_id")
class TopicDecision:
    topic_id: str = column("The topic", key=True)
    reason_id: str | None = column("Contact reason a person chose; wins over the match")
    owner: str | None = column("Owner a person chose; wins over the taxonomy's")
    note: str | None = column("Why")
    decided_by: str | None = column("Who")
    decided_on: str | None = column("When (date)")


PRIORITY_STATUSES = ("open", "accepted", "in progress", "done", "declined")


@table("priority_decisions", kind="person", grain="topic people decided about, with where the work stands", label="status",
       facets=("status", "owner"), sort="-decided_at")  # fmt: skip
class PriorityDecision:
    topic_id: str = column("The topic", key=True)
    topic: str = column("Its name when this was decided")
    status: str = column("Where the work on it stands", choices=PRIORITY_STATUSES)
    owner: str | None = column("Who took it on; written to topic_decisions as well, where the next run reads it")
    note: str | None = column("What people should know of it")
    decided_by: str | None = column("Who wrote this")
    decided_at: str = column("When, UTC")


@table("topic_reasons", kind="working", grain="topic, with the contact reason it matches", is_hidden=False,
       facets=("status", "matched_by"))  # fmt: skip
class TopicReason:
    topic_id: str = column("The topic", key=True, ref="topics.topic_id")
    reason_id: str | None = column("The reason; empty when unmatched", ref="reasons.reason_id")
    nearest_reason_id: str | None = column("The most similar reason, matched or not", ref="reasons.reason_id")
    score: float | None = column("Similarity to the nearest reason", low=-1, high=1)
    threshold: float = column("Score from which a topic counts as matched", low=-1, high=1)
    status: str = column("Result", choices=("matched", "unmatched"))
    matched_by: str = column("Who decided", choices=("similarity", "person", "nobody"))
    owner: str | None = column("Who should act: a person's choice, else the reason's owner")
    demand_type: str | None = column("Kind of demand: a person's choice, else the reason's", choices=DEMAND_TYPES)
    demand_by: str | None = column("Who says so", choices=("person", "taxonomy"))
    fix_repeats_share: float | None = column(
        "Share of its net repeats a fix would save, as a person or the taxonomy says; empty: nobody has said", low=0, high=1)  # fmt: skip
    fix_first_share: float | None = column("The same for its other contacts", low=0, high=1)


@table("passage_sentiments", kind="working", grain="passage, with how dissatisfied it sounds and whether it tells of effort",
       is_hidden=False, facets=("method",), cautions=(SENTIMENT_ESTIMATE,))  # fmt: skip
class PassageSentiment:
    passage_id: str = column("The passage", key=True, ref="passages.passage_id")
    method: str = column(
        "How it was estimated: vector and lexicon, vector alone (language other than English), lexicon alone (vectors "
        "that know no meaning), or not at all (a language the embedder was not made for)",
        choices=SENTIMENT_METHODS)  # fmt: skip
    negative_probability: float | None = column("Probability that it voices dissatisfaction", low=0, high=1)
    effort_probability: float | None = column(
        "Probability that it tells of effort: repeated contacts, waits, being passed around, many steps", low=0, high=1)
    low_score_probability: float | None = column(
        "Probability that a survey response in these words has a low score, from the run's own scores; empty without "
        "enough of them, or where they teach nothing more", low=0, high=1)


@table("topic_checks", kind="working", grain="topic, with how far it can be trusted; '*' for all topics together",
       facets=("is_doubtful",))  # fmt: skip
class TopicCheck:
    topic_id: str = column("The topic; '*' for all, with the median over topics of each measure", key=True)
    distinct_text_count: int = column("Different texts of its passages", unit="texts", low=0)
    stability: float | None = column(STABILITY, low=0, high=1)
    stability_text_count: int = column(
        "Texts of all topics that were resampled; where these are not all, stability is lower than the truth", low=0)
    separation: float | None = column(SEPARATION, low=-2, high=2)
    coherence: float | None = column(COHERENCE, low=-1, high=1)
    coherence_chance: float | None = column(
        "Coherence that 1 in 20 lists of words reaches whose words each lead another topic", low=-1, high=1)
    confidence: float | None = column("Mean confidence of its passages; below .7 a weak sign", low=0, high=1)
    linked_pair_count: int = column(LINKED_PAIRS, unit="pairs", low=0)
    linked_agreement: float | None = column(LINKED_AGREEMENT, low=0, high=1)
    linked_agreement_low: float | None = column("The same, low end of Wilson's 80% interval", low=0, high=1)
    linked_agreement_high: float | None = column("The same, high end", low=0, high=1)
    linked_agreement_chance: float | None = column(
        "Agreement that topics dealt out at random would reach; for '*' alone", low=0, high=1)
    without_topic_share: float | None = column("Share of passages without a topic; for '*' alone", low=0, high=1)
    is_doubtful: bool = column(DOUBTFUL)
    why_doubtful: str = column("Why it is doubtful (JSON list): " + ", ".join(WHY_DOUBTFUL))
    is_roll_up_advised: bool = column("Linked pairs disagree: count repeats by the theme above it, not by itself")


@table("topic_changes", kind="working", grain="topic of this run or the one before, with what became of it")
class TopicChange:
    topic_id: str = column("The topic", key=True)
    topic: str = column("Name now; of a topic that is gone, the last one")
    topic_before: str | None = column("Name at the previous run; empty for a topic that was not there")
    event: str = column("What became of it", choices=TOPIC_EVENTS)
    from_topic_ids: str = column("Other topics it took in or was cut from, largest part first (JSON)")
    from_topics: str = column("Their names (JSON)")
    into_topic_ids: str = column("Other topics its passages went to as a body, largest part first (JSON)")
    into_topics: str = column("Their names (JSON)")
    similarity: float | None = column("Cosine similarity of its centre then and now", low=-1, high=1)
    shared_share: float | None = column(
        "Of the passages there in both runs: share kept; for a merged or split part, share that came along", low=0, high=1)
    passage_count_before: int = column("Passages at the previous run", unit="passages", low=0)
    passage_count: int = column("Passages now", unit="passages", low=0)
    previous_run_id: str | None = column("The run compared with; empty for the first")


# What the next run needs to know of this one, so that topics keep their identity. Ids of topics refer to no table: the
# topics of an earlier run may be gone.


@table("topic_members", kind="report", grain="distinct passage text of the latest complete run, with its topic",
       is_hidden=True, is_latest_only=True, cautions=("Only the latest complete run is kept.",))  # fmt: skip
class TopicMember:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    text_hash: str = column("Hash of the passage's text", key=True)
    cluster_id: str | None = column("The cluster it is in or nearest to; empty for none")
    topic_id: str | None = column("The topic it counts for; empty for none")
    is_fitted: bool = column("Took part in the fit; otherwise assigned to topics that were there")


@table("topic_namings", kind="report", grain="topic that a namer other than its own words was to name in a run",
       facets=("run_id", "is_used"), cautions=(NAMES_REMAIN,))  # fmt: skip
class TopicNaming:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    namer: str = column("Who was to name it, as the pipeline says: llm:<model id>")
    model: str | None = column("The model asked; empty when nobody was asked")
    prompt: str | None = column("What it was told: instructions, leading words, redacted quotes, names of neighbours")
    answer: str | None = column("What it answered")
    name: str = column("The name the topic got")
    is_used: bool = column("The name is the answer; else it is made of the topic's words, or kept from before")
    why_not: str | None = column("Why the answer is not used, or nobody was asked")


@table("topic_versions", kind="report", grain="topic as it stood in a run", label="name", sort="-passage_count",
       facets=("run_id",))  # fmt: skip
class TopicVersion:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    name: str = column("Its name in that run")
    words: str = column("Its leading words")
    named_by: str = column("Where the name comes from", choices=NAMED_BY)
    cluster_ids: str = column("Clusters it was made of (JSON); their ids are never given away again")
    theme_id: str | None = column("Its theme in that run")
    theme: str | None = column("Name of the theme")
    passage_count: int = column("Passages", unit="passages", low=0)
    contact_count: int = column("Contacts that speak of it", unit="contacts", low=0)
    confidence: float | None = column("Mean confidence of its passages", low=0, high=1)


@table("topic_fits", kind="report", grain="run, with how its topics came about")
class TopicFit:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    mode: str = column("First fit, fitted anew, or new passages assigned to topics that were there",
                       choices=("fit", "refit", "assigned"))  # fmt: skip
    why: str = column("Why this mode")
    fitted_run_id: str = column("Run that fitted the topics; the run itself unless passages were assigned")
    engine: str = column("Topic engine")
    model: str = column("Embedding model")
    settings_hash: str = column("Hash of the settings that decide topics; other settings ask for a refit")
    distinct_texts: int = column("Distinct passages the fit saw", unit="passages", low=0)
    resolution: float | None = column("Resolution of the partition; empty for engines without one", low=0)
    min_similarity: float = column(
        "Mean similarity to the nearest passages below which one is unlike all others and has no topic; chosen from "
        "the passages (median less 2.5 deviations of the lower half); -1 for too few", low=-1, high=1)
    recall: float | None = column("Share of true neighbours found; empty where the search was exact", low=0, high=1)
    new_text_count: int = column("Distinct passages the fit has not seen", unit="passages", low=0)
    novel_share: float | None = column("Share of these unlike any the fit saw", low=0, high=1)
    agreement_share: float | None = column(
        "Assigned: share of fitted passages put where the fit did when hidden. Refit: share of passages assigned "
        "before that the refit put into the same topic", low=0, high=1)  # fmt: skip
    agreement_low: float | None = column("The same, low end of its 80% range", low=0, high=1)
    agreement_high: float | None = column("The same, high end of its 80% range", low=0, high=1)
    kept_id_share: float | None = column(
        "Passages that kept their topic since the run before, of those whose topic lives on", low=0, high=1)  # fmt: skip


# ---------------------------------------------------------------- episodes


@table("episodes", kind="working", grain="episode: contacts of one customer about one topic, each within the window",
       is_hidden=False, facets=("topic_id",), sort="-contact_count", cautions=(RAW_COUNTS,))  # fmt: skip
class Episode:
    episode_id: str = column("Topic and first contact", key=True)
    customer_id: str | None = column("Who; empty for an unidentified customer", ref="customers.customer_id")
    topic_id: str | None = column("About what; empty for contacts without a topic", ref="topics.topic_id")
    first_contact_id: str = column("The index contact", ref="contacts.contact_id")
    contact_count: int = column("Contacts, double posts not counted", unit="contacts", low=1)
    duplicate_count: int = column("Double posts", unit="contacts", low=0)
    started_at: str = column("First contact, UTC")
    ended_at: str = column("Last contact, UTC")
    window_days: float = column("Longest pause inside the episode", unit="days")


@table("episode_contacts", kind="working", grain="contact and topic, with its place in the episode", is_hidden=False,
       indexes=(("episode_id",),))  # fmt: skip
class EpisodeContact:
    contact_id: str = column("The contact", key=True, ref="contacts.contact_id")
    part: str = column("Topic id, or '-' for a contact without a topic", key=True)
    topic_id: str | None = column("The topic the part is charged to", ref="topics.topic_id")
    labelled_topic_id: str | None = column("The topic its own words were given", ref="topics.topic_id")
    episode_id: str = column("The episode", ref="episodes.episode_id")
    position: int = column("1 for the first contact of the episode, 2 for its first repeat", low=1)
    share: float = column("Share of the contact that is about the topic; sums to 1 for a contact", low=0, high=1)
    is_repeat: bool = column("A repeat inside the run's window; double posts are not repeats")
    is_linked: bool = column("The repeat is known by the vendor's own link, not by its topic")
    repeat_probability: float = column(
        "Probability that the repeat is no coincidence; 1 where linked, 0 for a contact that is no repeat", low=0, high=1)  # fmt: skip
    is_duplicate: bool = column("A double post of the contact before it")


@table("repeats", kind="working", grain="contact that follows another of the same customer within 30 days, by scope",
       is_hidden=False, facets=("scope", "repeat_type", "topic_id"), cautions=(RAW_COUNTS,))  # fmt: skip
class Repeat:
    contact_id: str = column("The later contact", key=True, ref="contacts.contact_id")
    scope: str = column("Whether the topic counts", key=True, choices=("any_topic", "same_topic"))
    part: str = column("Topic id for scope same_topic, '-' for any_topic", key=True)
    topic_id: str | None = column("Topic of the index contact, to which the repeat is charged", ref="topics.topic_id")
    customer_id: str = column("Who", ref="customers.customer_id")
    previous_contact_id: str = column("The contact before it", ref="contacts.contact_id")
    index_contact_id: str = column("First contact of the episode", ref="contacts.contact_id")
    gap_days: float = column("From the end of the previous contact to this one", unit="days", low=0)
    repeat_type: str = column("How it came back", choices=REPEAT_TYPES)
    match_level: str = column(
        "Evidence; same_theme where topics that cannot be told apart are matched by their theme",
        choices=("vendor_link", "same_topic", "same_theme", "any_topic"))  # fmt: skip
    is_in_window: bool = column("Gap at most the run's window")
    share: float = column("Share of the contact that is about the topic", low=0, high=1)
    repeat_probability: float | None = column(
        "Probability that it is a repeat and not a coincidence; 1 where linked; empty for any_topic", low=0, high=1)  # fmt: skip
    repeat_hazard: float | None = column(
        "How often contacts of the topic come back after such a pause", unit="a day", low=0)  # fmt: skip
    background_rate: float | None = column(
        "How often the customer writes about the topic anyway", unit="a day", low=0)  # fmt: skip


@table("repeat_hazards", kind="working", grain="topic and days since a contact ended, with how often it is followed by a repeat",
       is_hidden=False, facets=("topic_id",))  # fmt: skip
class RepeatHazard:
    topic_id: str = column("The topic; those matched by one theme share the figures of all of them", key=True,
                           ref="topics.topic_id")  # fmt: skip
    from_day: float = column("Days since the contact ended, from", key=True, unit="days", low=0)
    to_day: float = column("Days since the contact ended, up to", unit="days", low=0)
    hazard_per_day: float = column("Repeats a day that follow, net of coincidence", unit="a day", low=0)
    exposure_days: float = column("Days in which contacts could be followed by one", unit="days", low=0)
    net_repeats: float = column("Repeats net of coincidence, linked ones included", unit="contacts", low=0)


@table("repeat_refits", kind="working", grain="refit of the gap mixture and topic")
class RepeatRefit:
    refit: int = column("Number of the refit: customers as in the resample of that number", key=True, low=0)
    topic_id: str = column("The topic", key=True)
    factor: float = column("Unlinked net repeats by the refit over those by the published fit, same customers", low=0)


@table("label_agreements", kind="working", grain="topic: how often linked contacts are given the same one; '*' for all",
       is_hidden=False, facets=("is_low",), sort="shrunk")  # fmt: skip
class LabelAgreement:
    topic_id: str = column("The topic; '*' for all", key=True)
    theme_id: str | None = column(
        "Theme by which it is matched when repeats are looked for, because it is low and not alone in it; else empty",
        ref="themes.theme_id")  # fmt: skip
    pairs: int = column(LINKED_PAIRS, unit="pairs", low=0)
    agreeing: int = column("Pairs with the same main topic", unit="pairs", low=0)
    matched: float = column(
        "Pairs that count as about the same topic when repeats are looked for, each with the share of the later contact that "
        "is about topics of the earlier one", unit="pairs", low=0)  # fmt: skip
    agreement: float | None = column("Agreeing over pairs; empty without pairs", low=0, high=1)
    low: float | None = column("The same, low end of Wilson's 80% interval", low=0, high=1)
    high: float | None = column("The same, high end", low=0, high=1)
    chance: float | None = column("Agreement that topics dealt out at random would reach; for '*' alone", low=0, high=1)
    shrunk: float = column(
        "Chance that two contacts about one problem are seen as such: matched over pairs, drawn towards that of all topics and "
        "towards what the mixture of gaps sees",
        low=0, high=1)  # fmt: skip
    found_share: float | None = column(
        "Share of true repeats that are seen as repeats; net repeats that no link proves are divided by it; empty for '*'",
        low=0, high=1)  # fmt: skip
    is_low: bool = column("The whole interval is below .6: its label cannot be told from others")


# ---------------------------------------------------------------- cost


@table("cost_parameters", kind="report", grain="line of the cost file as used by a run", facets=("line_source",))
class CostParameter:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    path: str = column("Place in the cost file", key=True)
    value: float = column("Value")
    value_low: float | None = column("Least it may be; empty where it is taken as exact")
    value_high: float | None = column("Most it may be")
    currency: str | None = column("Currency of the amount, where it is not the run's")
    line_source: str = column("Where the value comes from", choices=("assumption", "ledger", "contract"))
    note: str | None = column("Note in the file")


@table("contact_costs", kind="working", grain="contact that was handled", is_hidden=False,
       facets=("handle_source", "cost_group"), cautions=(ASSUMPTIONS,))  # fmt: skip
class ContactCost:
    contact_id: str = column("The contact", key=True, ref="contacts.contact_id")
    cost_group: str | None = column("Group of the cost file; empty without one")
    handle_minutes: float | None = column("Agent time", unit="minutes", low=0)
    handle_source: str = column(
        "Where the time comes from; imputed: estimated from measured contacts of the same cost group",
        choices=("measured", "imputed", "cost_file", "unknown"))  # fmt: skip
    paid_minutes: float | None = column(
        "Paid staff time behind it: agent time over concurrency, shrinkage and occupancy; own staff only", unit="minutes", low=0)  # fmt: skip
    cost_full: float | None = column("Full (average) cost", unit="currency of the run", low=0)
    cost_avoidable_cash: float | None = column("Cash not spent without the contact", unit="currency of the run", low=0)
    cost_avoidable_capacity: float | None = column("Paid time freed without it", unit="currency of the run", low=0)


@table("handle_time_draws", kind="working", grain="imputation, cost group, channel and topic with missing handle times")
class HandleTimeDraw:
    imputation: int = column("Number of the imputation", key=True, low=0)
    cost_group: str = column("Group of the cost file; '' without one", key=True)
    channel: str = column("Channel", key=True)
    topic_id: str = column("Main topic of the contacts; '-' for none", key=True)
    factor: float = column("Missing handle time as the measured ones allow it, over its mean of all imputations", low=0)


@table("cost_reconciliations", kind="report", grain="run whose cost file holds the books' total of a period")
class CostReconciliation:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    first_day: str = column("First day of the period")
    last_day: str = column("Last day of the period")
    ledger_cost: float = column("Cost of the period by the books", unit="currency of the run", low=0)
    cost_full: float = column("Full cost of the period's contacts by the cost file", unit="currency of the run", low=0)
    contacts: int = column("Contacts of the period", unit="contacts", low=0)
    ratio: float | None = column("Books over cost file; empty where the file's costs are 0", low=0)
    status: str = column(
        "reconciles: between 0.8 and 1.25; scaled: every cost of the run is multiplied by the ratio; period_not_covered: "
        "the data begin later or end earlier than the period, so nothing is shown",
        choices=("reconciles", "scaled", "does_not_reconcile", "period_not_covered"))  # fmt: skip


@table("topic_credits", kind="report", grain="topic, kind of credit and run: what customers were given back; no part of any cost",
       facets=("run_id", "kind"), sort="-amount")  # fmt: skip
class TopicCredit:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("Topic of the contact; '-' for none, '?' where the contact is not in the data", key=True)
    kind: str = column("Kind of credit as the file names it: refund, voucher ...", key=True)
    topic: str = column("Name of the topic in that run")
    credits: float = column("Credits; one of a contact about two topics counts by its shares", low=0)
    amount: float = column("Amount in the period", unit="currency of the run", low=0)


LEDGER_KINDS = ("first_contact", "repeat", "missed_repeat", "coincidence", "double_post")


@table("ledger_lines", kind="working", grain="contact and topic: how its cost is booked", is_hidden=False,
       facets=("booked_as",), indexes=(("topic_id",),), cautions=(ESTIMATE, ASSUMPTIONS))  # fmt: skip
class LedgerLine:
    contact_id: str = column("The contact", key=True, ref="contacts.contact_id")
    part: str = column("Topic id, or '-' for a contact without a topic", key=True)
    topic_id: str | None = column("The topic it is charged to: of a repeat, that of the first contact", ref="topics.topic_id")
    booked_as: str = column(
        "What it counts as, whatever its probability", choices=("first_contact", "repeat", "double_post"))  # fmt: skip
    share: float = column("Share of the contact that is about the topic; sums to 1 for a contact", low=0, high=1)
    topic_probability: float | None = column(
        "Probability that the topic is right, by the confidence of all contacts of the episode; empty without a topic", low=0, high=1)  # fmt: skip
    repeat_weight: float = column(
        "Repeats it stands for: its share times the probability that it is no coincidence, over the topic's label agreement "
        "where no link of the vendor's tells; 0 for a contact that is no repeat", unit="contacts", low=0)  # fmt: skip
    repeat_weight_bound: float = column(
        "The same by the conservative bound: all that chance could give is taken out", unit="contacts", low=0)  # fmt: skip
    minutes: float | None = column("Agent time of the share", unit="minutes", low=0)
    cost_full: float | None = column("Full cost of the share", unit="currency of the run", low=0)
    cost_avoidable_cash: float | None = column("Cash not spent without it", unit="currency of the run", low=0)
    cost_avoidable_capacity: float | None = column("Paid time freed without it", unit="currency of the run", low=0)


@table("cost_ledger", kind="report", grain="topic, kind of contact and run: what was spent; adds up to all contacts",
       facets=("run_id", "booked_as"), sort="-cost_full", cautions=(ESTIMATE, ASSUMPTIONS))  # fmt: skip
class CostLedger:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic; '-' for contacts without a topic", key=True)
    booked_as: str = column(
        "first_contact: a new problem; repeat: came back about the same, coincidences taken out; missed_repeat: repeats "
        "seen as first contacts because a text has the wrong topic; coincidence: would have come anyway; double_post: "
        "the same words twice", key=True, choices=LEDGER_KINDS)  # fmt: skip
    topic: str = column("Name of the topic in that run")
    contacts: float = column("Contacts, by their shares", unit="contacts")
    hours: float | None = column("Agent time in the period", unit="hours")
    cost_full: float | None = column("Full cost in the period", unit="currency of the run")
    cost_avoidable_cash: float | None = column("Cash not spent without them", unit="currency of the run")
    cost_avoidable_capacity: float | None = column("Paid time freed without them", unit="currency of the run")


@table("cost_totals", kind="working", grain="measure: what all repeats together take a month")
class CostTotal:
    measure: str = column("Which: repeats, hours, full, avoidable, cash", key=True)
    low: float | None = column("Low end of the 80% range, a month")
    mid: float | None = column("The figure, a month; empty where it cannot be known")
    high: float | None = column("High end, a month")


@table("topic_costs", kind="report", grain="topic and run: what the topic's contacts and repeats cost",
       facets=("run_id",), sort="-repeat_cost_avoidable_month_mid",
       cautions=(NET, ESTIMATE, ASSUMPTIONS))  # fmt: skip
class TopicCost:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic; '-' for contacts without a topic", key=True)
    topic: str = column("Name of the topic in that run")
    months: float = column("Length of the period", unit="months", low=0)
    contacts: int = column("Contacts that speak of it", unit="contacts", low=0)
    contact_equivalents: float = column("Contacts weighted by their share; adds up to all contacts", unit="contacts")
    customers: int = column("Distinct identified customers", low=0)
    repeats_raw: int = column("Repeat contacts about the same topic within the window, as counted", unit="contacts", low=0)
    repeats_linked: int = column("Those of them the vendor's own link tells", unit="contacts", low=0)
    repeats_net: float = column(
        "Repeats by their shares, coincidences taken out, corrected for wrong topics", unit="contacts", low=0)  # fmt: skip
    repeats_bound: float = column(
        "Conservative bound: everything that contacts spread evenly over the period could give by chance taken out; where a "
        "customer's contacts crowd together it may lie above the net figure", unit="contacts", low=0)  # fmt: skip
    label_agreement: float | None = column(
        "Chance that two contacts about one problem get the same topic, by which unlinked repeats are divided; empty "
        "without pairs known to belong together: then nothing is corrected", low=0, high=1)  # fmt: skip
    duplicates: int = column("Double posts, not counted as repeats", unit="contacts", low=0)
    reopens: int = column("Reopenings of the same ticket, kept apart", low=0)
    repeats_month_low: float = column("Net repeat contacts a month, low end of the 80% range", unit="contacts a month")
    repeats_month_mid: float = column("Net repeat contacts a month", unit="contacts a month")
    repeats_month_high: float = column("Net repeat contacts a month, high end", unit="contacts a month")
    repeats_raw_month: float = column("Repeat contacts a month as counted, by their shares", unit="contacts a month")
    repeats_bound_month: float = column("Repeat contacts a month, conservative bound", unit="contacts a month")
    repeat_hours_month_low: float | None = column(
        "Agent hours on net repeats a month, low end of the 80% range", unit="hours a month")  # fmt: skip
    repeat_hours_month_mid: float | None = column("Agent hours on net repeats a month", unit="hours a month")
    repeat_hours_month_high: float | None = column("Agent hours on net repeats a month, high end", unit="hours a month")
    repeat_fte: float | None = column(
        "Full-time people these hours take, by the cost file's paid hours and productive share", unit="people")  # fmt: skip
    repeat_cost_full_month_low: float | None = column(
        "Full cost of net repeats a month, low end of the 80% range", unit="currency of the run")  # fmt: skip
    repeat_cost_full_month_mid: float | None = column("Full cost of net repeats a month", unit="currency of the run")
    repeat_cost_full_month_high: float | None = column(
        "Full cost of net repeats a month, high end", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_month_low: float | None = column(
        "Avoidable cost of net repeats a month (cash and capacity), low end of the 80% range", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_month_mid: float | None = column(
        "Avoidable cost of net repeats a month (cash and capacity)", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_month_high: float | None = column(
        "Avoidable cost of net repeats a month (cash and capacity), high end", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_raw_month: float | None = column(
        "Avoidable cost of repeats a month as counted: upper end", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_bound_month: float | None = column(
        "Avoidable cost of repeats a month, conservative bound", unit="currency of the run")  # fmt: skip
    repeat_cost_cash_month_mid: float | None = column("The part of the avoidable cost that is cash", unit="currency of the run")
    repeat_cost_avoidable_year_low: float | None = column(
        "Avoidable cost of net repeats at the present rate for a year, low end of the 80% range", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_year_mid: float | None = column(
        "Avoidable cost of net repeats at the present rate for a year", unit="currency of the run")  # fmt: skip
    repeat_cost_avoidable_year_high: float | None = column(
        "Avoidable cost of net repeats at the present rate for a year, high end", unit="currency of the run")  # fmt: skip
    year_basis: str | None = column("What the yearly figure rests on, or why there is none")
    contact_cost_full_month_mid: float | None = column(
        "Full cost of all its contacts a month, first ones included", unit="currency of the run")  # fmt: skip
    fix_repeats_share: float = column("Share of its net repeats a fix would save", low=0, high=1)
    fix_first_share: float = column("Share of its other contacts a fix would save", low=0, high=1)
    is_upper_bound: bool = column("Nobody has said what a fix would save: all of it is assumed")
    addressable_month_low: float | None = column(
        "Avoidable cost a month that a fix would save, low end of the 80% range", unit="currency of the run")  # fmt: skip
    addressable_month_mid: float | None = column(
        "Avoidable cost a month that a fix would save", unit="currency of the run")  # fmt: skip
    addressable_month_high: float | None = column(
        "Avoidable cost a month that a fix would save, high end", unit="currency of the run")  # fmt: skip
    top_customers_share: float | None = column(
        "Share of its repeats that the 1% of its customers (at least one) with most of them bring; above .25 few people "
        "decide the figure", low=0, high=1)  # fmt: skip
    imputed_share: float | None = column("Share of repeat hours with handle time that was not measured", low=0, high=1)
    is_burst: bool = column("A week far above the usual: net repeats may be too high by some 6%")
    is_low_volume: bool = column("Fewer than 20 contacts or 10 customers: no claim about its rank")


# ---------------------------------------------------------------- rank


@table("priorities", kind="report", grain="topic and run, most costly first", label="topic",
       facets=("run_id", "owner", "demand_type"), sort="rank",
       cautions=(NET, ESTIMATE, ASSUMPTIONS, ASSOCIATION))  # fmt: skip
class Priority:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    rank: int = column("Place by the leading measure", key=True, low=1)
    topic_id: str = column("The topic")
    topic: str = column("Name of the topic")
    reason: str | None = column("Contact reason of the taxonomy; empty when unmatched")
    owner: str | None = column("Who should act")
    demand_type: str | None = column("Kind of demand", choices=DEMAND_TYPES)
    leads_by: str = column("The leading measure", choices=("avoidable_cost", "repeat_hours", "repeat_contacts", "composite_score"))
    avoidable_cost_month_low: float | None = column("Avoidable cost of repeats a month, low", unit="currency of the run")
    avoidable_cost_month_mid: float | None = column("Avoidable cost of repeats a month", unit="currency of the run")
    avoidable_cost_month_high: float | None = column(
        "Avoidable cost of repeats a month, high", unit="currency of the run")  # fmt: skip
    currency: str | None = column("Currency of the run")
    is_illustrative: bool = column("The cost file rests on assumptions")
    repeat_hours_month_mid: float | None = column("Agent hours on repeats a month", unit="hours a month")
    repeats_month_low: float = column("Repeat contacts a month, low", unit="contacts a month")
    repeats_month_mid: float = column("Repeat contacts a month", unit="contacts a month")
    repeats_month_high: float = column("Repeat contacts a month, high", unit="contacts a month")
    contacts: int = column("Contacts in the period", unit="contacts", low=0)
    customers: int = column("Distinct identified customers", low=0)
    customers_with_repeat: int = column("Distinct customers who came back about it", low=0)
    repeat_share: float | None = column("Net repeats over contacts of identified customers", low=0, high=1)
    satisfaction_impact: float | None = column("Mean satisfaction of all responses minus the mean without its own, in points of 100", unit="points")
    satisfaction_impact_low: float | None = column("The same, low", unit="points")
    satisfaction_impact_high: float | None = column("The same, high", unit="points")
    trend_ratio: float | None = column("Contacts a week: last 4 weeks over the 13 before, shrunk towards 1")
    trend_low: float | None = column("The same, low end of its 80% range")
    trend_high: float | None = column("The same, high end")
    contacts_week_recent: float | None = column("Contacts a week in the last 4 weeks", unit="contacts a week")
    contacts_week_before: float | None = column("Contacts a week in the 13 weeks before", unit="contacts a week")
    severity_share: float | None = column("Share of contacts marked urgent or worded as severe", low=0, high=1)
    revenue_exposed: float | None = column(
        "Yearly revenue of accounts with a repeat about it: exposure, not loss, and no part of any cost", unit="a year")  # fmt: skip
    revenue_share: float | None = column("Share of known yearly revenue whose accounts are affected", low=0, high=1)
    score: float = column("Composite of all components, weights in priority_components", unit="0 to 100", low=0, high=100)
    p_top_1: float | None = column("Share of resamples in which it leads", low=0, high=1)
    p_top_3: float | None = column("Share of resamples in which it is among the first three", low=0, high=1)
    p_top_5: float | None = column("Share of resamples in which it is among the first five", low=0, high=1)
    rank_low: int | None = column("Best rank of the 80% range; indicative", low=1)
    rank_high: int | None = column("Worst rank of the 80% range; indicative", low=1)
    tied_low: int | None = column("First of the ranks it cannot be told apart from: no two of them differ in 80% of draws", low=1)
    tied_high: int | None = column("Last of these ranks", low=1)
    is_low_volume: bool = column(
        "Fewer than 20 contacts or 10 customers (20 responses where there are only surveys): no claim about its rank")  # fmt: skip


@table("priority_components", kind="report", grain="component of a topic's composite score", facets=("component",))
class PriorityComponent:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    topic_id: str = column("The topic", key=True)
    component: str = column("The component", key=True,
                            choices=("cost", "customers", "satisfaction", "trend", "severity", "strategic"))  # fmt: skip
    topic: str = column("Name of the topic")
    raw: float | None = column("The measure itself; empty when it cannot be known")
    raw_low: float | None = column("Low end of its 80% range, where there is one")
    raw_high: float | None = column("High end of its 80% range, where there is one")
    unit: str = column("Unit of the measure")
    scaled: float = column("The measure on 0 to 1", low=0, high=1)
    weight: float = column("Weight; the weights add up to 1", low=0, high=1)
    contribution: float = column("Points of the score: 100 x scaled x weight", low=0, high=100)


# ---------------------------------------------------------------- report


@table("briefings", kind="report", grain="rendered briefing", label="format")
class Briefing:
    run_id: str = column("The run", key=True, ref="runs.run_id")
    format: str = column("Format", key=True, choices=("markdown", "html", "json"))
    title: str = column("Headline")
    content: str = column("The briefing")


# What the run at hand found, until the report stage publishes it: only complete runs are remembered.
LatestNaming = replace(
    TopicNaming, name="latest_namings", kind="working", grain="naming of the run at hand", is_hidden=True
)
LatestFit = replace(TopicFit, name="latest_fit", kind="working", grain="how the topics at hand came about", is_hidden=True)


TABLES: tuple[Table, ...] = (
    Run, RunStage, File, Customer, Contact, Response, Verbatim, Reject, IdentityReview, Forgotten, CleanedVerbatim, Template, Removal, Passage, Vector,
    Cluster, ClusterWord, PassageCluster, LatestFit,
    Theme, Topic, TopicCluster, TopicWord, PassageTopic, VerbatimTopic, LatestNaming,
    PassageSentiment, Reason, TopicDecision, PriorityDecision, TopicReason,
    TopicCheck, TopicChange, TopicMember, TopicNaming, TopicVersion, TopicFit, Episode, EpisodeContact, Repeat,
    RepeatHazard, RepeatRefit, LabelAgreement,
    CostParameter, ContactCost, HandleTimeDraw, LedgerLine, CostLedger, CostTotal, CostReconciliation, TopicCredit, TopicCost, Priority, PriorityComponent, Briefing,
)  # fmt: skip
