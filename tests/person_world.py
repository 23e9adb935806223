"""A small run with one person whose every text holds words nobody else uses, to find what is left of them."""

from pathlib import Path

from runs import voc

MAIL = "marla.quint@example.net"
# words that stand in one place each
MARKS = {
    "subject": "zubrowkafix", "body": "quillonworb", "quote": "vexanthrum", "tag": "plimptag", "answer": "drazzlemoot",
    "reject": "harknuffle", "site": "gnosslestead", "signature": "wimbrelfen",
}  # fmt: skip
IDS = ("t9001", "t9002", "s9001", "cust-777")  # vendor's ids of the contacts, the answer and the person
ABOUT = (
    "The invoice of last month shows the wrong amount and nobody corrects it, please send a new invoice",
    "My parcel has not arrived although the tracking page says it was delivered on Monday",
    "I cannot log in since the password reset mail does not arrive in my inbox",
)
EXTRA = ("again today", "for weeks now", "and it is urgent", "as I said before", "please help me", "what can I do", "once more")
TICKETS = "id,when,closed,subject,text,who,mail,tags,site\n"
ANSWERS = "id,when,who,mail,score,comment\n"
PIPELINE = """\
name: people
database: {database}
keep_raw: raw.db
max_reject_share: 1
resamples: 100
embed: {{model: tfidf}}
sources:
  - kind: table
    name: desk
    path: tickets.csv
    columns: {{id: id, opened_at: when, closed_at: closed, subject: subject, text: text, customer: who, email: mail, tags: tags, site: site}}
  - kind: table
    name: survey
    path: answers.csv
    columns: {{id: id, responded_at: when, customer: who, email: mail, text: comment}}
    records: responses
"""


def write_world(folder: Path, *, database: str = "people.db", with_person: bool = True) -> Path:
    """Tickets and answers of 14 customers, and of one with marks; returns the pipeline file."""
    folder.mkdir(parents=True, exist_ok=True)
    tickets, answers = [], []
    for n in range(84):
        who, about = n % 14, ABOUT[n % 3]
        tickets.append(
            f'd{n},2026-0{3 + n // 28}-{n % 28 + 1:02d} 09:00,2026-0{3 + n // 28}-{n % 28 + 1:02d} 15:00,About {about[:20]},'
            f'"{about} {EXTRA[n % 7]} number {"one two three four five".split()[n % 5]}",u{who},u{who}@example.com,web,North'
        )
        if n % 6 == 0:
            answers.append(f'a{n},2026-05-{n % 28 + 1:02d},u{who},u{who}@example.com,{n % 5 + 1},"{about} {EXTRA[(n + 3) % 7]}"')
    if with_person:
        body = (
            f"{ABOUT[0]} {MARKS['body']}. Write to {MAIL} at once.\n\nMarla {MARKS['signature']}\n\n"
            f"On Mon, 2 Mar 2026 at 10:00, Support <support@example.org> wrote:\n> We know of {MARKS['quote']} and {MAIL}\n"
        )
        tickets.append(f'{IDS[0]},2026-05-02 09:00,2026-05-02 12:00,Invoice {MARKS["subject"]},"{body}",{IDS[3]},{MAIL},{MARKS["tag"]},{MARKS["site"]}')
        tickets.append(f'{IDS[1]},2026-05-05 09:00,2026-05-05 12:00,Invoice again,"{ABOUT[0]} still {MARKS["body"]}",,{MAIL},web,North')
        tickets.append(f'r9001,no date at all,,x,"{MARKS["reject"]} {MAIL}",,{MAIL},web,North')
        tickets.append(f'{IDS[0]},2026-05-02 09:00,,x,"{MARKS["reject"]} a second time",{IDS[3]},,web,North')
        tickets.append(f'r9002,no date either,,x,"{MARKS["reject"]} by number",{IDS[3]},,web,North')
        answers.append(f'{IDS[2]},2026-05-06,,{MAIL},1,"{ABOUT[0]} {MARKS["answer"]} is what I say"')
    (folder / "tickets.csv").write_text(TICKETS + "\n".join(tickets) + "\n", encoding="utf-8")
    (folder / "answers.csv").write_text(ANSWERS + "\n".join(answers) + "\n", encoding="utf-8")
    pipeline = folder / "people.yml"
    pipeline.write_text(PIPELINE.format(database=database), encoding="utf-8")
    return pipeline


def ran(pipeline: Path, *options: str) -> None:
    """Run the pipeline in a process of its own."""
    done = voc("run", pipeline, "--quiet", *options)
    assert done.returncode == 0, done.stderr
