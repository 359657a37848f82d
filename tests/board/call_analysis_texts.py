"""What is said when a telephone is answered: texts for the corpus of call progress analysis.

Each row: language of espeak-ng, and the sentences. The two halves share no text.
"""

from __future__ import annotations

Row = tuple[str, tuple[str, ...]]

PERSON: dict[str, tuple[Row, ...]] = {
    "train": (
        ("en-us", ("Hello?",)),
        ("en-us", ("Yes?",)),
        ("en-us", ("Hi, this is Mary.",)),
        ("en-us", ("Hello, Thompson residence.",)),
        ("en-us", ("Good morning, Baker and Sons, Anna speaking.",)),
        ("en-us", ("Riverside Dental, this is Kate, how may I help you?",)),
        ("en-us", ("Sales, Peter speaking.",)),
        ("en-us", ("John Miller.",)),
        ("en-gb", ("Hello, four five six seven?",)),
        ("en-gb", ("Good afternoon, Harris Motors.",)),
        ("en-gb", ("Hello, who is this?",)),
        ("de", ("Ja, bitte?",)),
        ("de", ("Müller.",)),
        ("de", ("Hallo, hier ist Schneider.",)),
        ("de", ("Guten Tag, Firma Becker, mein Name ist Weber, was kann ich für Sie tun?",)),
        ("fr", ("Allô?",)),
        ("fr", ("Oui, bonjour?",)),
        ("fr", ("Cabinet Martin, bonjour.",)),
        ("fr", ("Allô, oui, qui est à l'appareil?",)),
        ("es", ("¿Diga?",)),
        ("es", ("¿Sí, dígame?",)),
        ("es", ("Hola, ¿quién es?",)),
        ("it", ("Pronto?",)),
        ("it", ("Pronto, chi parla?",)),
        ("ru", ("Алло?",)),
        ("ru", ("Да, слушаю вас.",)),
        ("cmn", ("喂?",)),
        ("cmn", ("喂，你好。",)),
        ("pl", ("Halo, słucham?",)),
        ("pt-br", ("Alô, quem fala?",)),
    ),
    "test": (
        ("en-us", ("Hello, this is John.",)),
        ("en-us", ("Acme support, how can I help you?",)),
        ("en-us", ("Hey, what's up?",)),
        ("en-us", ("Hi.",)),
        ("en-us", ("This is David.",)),
        ("en-us", ("Thank you for calling Green Pharmacy, Susan speaking.",)),
        ("en-us", ("Front desk.",)),
        ("en-gb", ("Hello, Wilson here.",)),
        ("en-gb", ("Good morning, accounts department.",)),
        ("en-gb", ("Yes, hello?",)),
        ("en-gb", ("Speaking.",)),
        ("de", ("Hallo?",)),
        ("de", ("Schmidt, guten Tag.",)),
        ("de", ("Praxis Doktor Hoffmann, guten Morgen.",)),
        ("fr", ("Allô, bonjour.",)),
        ("fr", ("Oui, j'écoute.",)),
        ("fr", ("Société Durand, que puis-je faire pour vous?",)),
        ("es", ("¿Bueno?",)),
        ("es", ("Buenos días, talleres García.",)),
        ("it", ("Sì, pronto?",)),
        ("it", ("Buongiorno, studio Rossi.",)),
        ("ru", ("Слушаю.",)),
        ("ru", ("Алло, кто это?",)),
        ("cmn", ("喂，请问哪位？",)),
        ("cmn", ("你好。",)),
        ("pl", ("Słucham, Kowalski.",)),
        ("pt-br", ("Alô?",)),
        ("nl", ("Hallo, met Jan de Vries.",)),
    ),
}

MACHINE: dict[str, tuple[Row, ...]] = {
    "train": (
        (
            "en-us",
            (
                "Hi, you've reached Mary.",
                "I can't come to the phone right now.",
                "Please leave a message after the beep.",
            ),
        ),
        (
            "en-us",
            (
                "Hello.",
                "This is the Thompson family.",
                "We are not at home, but leave your name and number and we will call you back.",
            ),
        ),
        (
            "en-us",
            (
                "Your call has been forwarded to an automatic voice message system.",
                "Four one five, five five five, two three seven one, is not available.",
                "At the tone, please record your message.",
            ),
        ),
        (
            "en-us",
            (
                "Thank you for calling Baker and Sons.",
                "Our office is closed.",
                "Our hours are from nine to five, Monday through Friday.",
            ),
        ),
        ("en-us", ("This is Kate, leave me a message and I'll get back to you, thanks.",)),
        (
            "en-gb",
            (
                "The person you are calling is not available.",
                "Please leave your message after the tone.",
            ),
        ),
        (
            "en-gb",
            (
                "Welcome to the messaging service.",
                "Please speak after the tone.",
                "To re-record your message, press hash at any time.",
            ),
        ),
        (
            "de",
            (
                "Guten Tag.",
                "Sie sind verbunden mit dem Anschluss von Familie Schneider.",
                "Bitte hinterlassen Sie eine Nachricht nach dem Signalton.",
            ),
        ),
        (
            "de",
            (
                "Der gewünschte Gesprächspartner ist zurzeit nicht erreichbar.",
                "Bitte rufen Sie später noch einmal an.",
            ),
        ),
        (
            "fr",
            (
                "Bonjour, vous êtes bien sur le répondeur de Martin.",
                "Je ne suis pas disponible pour le moment.",
                "Laissez-moi un message après le bip sonore.",
            ),
        ),
        (
            "es",
            (
                "Hola, has llamado a Carmen.",
                "Ahora no puedo atenderte.",
                "Deja tu mensaje después de la señal.",
            ),
        ),
        (
            "it",
            (
                "Salve, risponde la segreteria telefonica di Marco.",
                "Lasciate un messaggio dopo il segnale acustico.",
            ),
        ),
        (
            "ru",
            (
                "Здравствуйте.",
                "Сейчас никого нет дома.",
                "Оставьте ваше сообщение после сигнала.",
            ),
        ),
        (
            "cmn",
            ("您好，您拨打的电话暂时无人接听。", "请在提示音后留言。"),
        ),
        (
            "pl",
            (
                "Dzień dobry, tu automatyczna sekretarka.",
                "Proszę zostawić wiadomość po sygnale.",
            ),
        ),
    ),
    "test": (
        (
            "en-us",
            (
                "Hey, it's Dave.",
                "You missed me.",
                "You know what to do, so wait for the beep and tell me what you want.",
            ),
        ),
        (
            "en-us",
            (
                "You have reached the voicemail box of David Brown.",
                "To leave a message, wait for the tone.",
            ),
        ),
        (
            "en-us",
            (
                "Hi.",
                "We can't answer your call at the moment.",
                "If you leave your number, we'll call back as soon as possible.",
            ),
        ),
        (
            "en-us",
            (
                "Thank you for calling Green Pharmacy.",
                "All of our agents are busy helping other customers.",
                "Please stay on the line and your call will be answered in turn.",
            ),
        ),
        ("en-us", ("Susan here, not available right now, please leave your message.",)),
        (
            "en-gb",
            (
                "Hello, this is Wilson's answering machine.",
                "I'm out of the office until Monday.",
                "In urgent cases please call my mobile.",
            ),
        ),
        (
            "en-gb",
            (
                "The mobile phone you have called may be switched off.",
                "Please try later.",
            ),
        ),
        (
            "de",
            (
                "Hier ist die Mailbox von Thomas Schmidt.",
                "Ich bin gerade nicht zu erreichen.",
                "Sprechen Sie bitte nach dem Ton.",
            ),
        ),
        (
            "de",
            (
                "Praxis Doktor Hoffmann.",
                "Unsere Sprechzeiten sind montags bis freitags von acht bis zwölf Uhr.",
                "In dringenden Fällen wenden Sie sich an den Notdienst.",
            ),
        ),
        (
            "fr",
            (
                "Vous êtes sur la messagerie vocale du zéro six, douze, trente-quatre.",
                "Veuillez laisser votre message.",
            ),
        ),
        (
            "es",
            (
                "El teléfono al que llama está apagado o fuera de cobertura en este momento.",
                "Inténtelo de nuevo más tarde.",
            ),
        ),
        (
            "it",
            (
                "Buongiorno.",
                "Gli uffici dello studio Rossi sono chiusi.",
                "Vi preghiamo di richiamare domani mattina.",
            ),
        ),
        (
            "ru",
            (
                "Вы позвонили в компанию Альфа.",
                "К сожалению, все операторы заняты.",
                "Пожалуйста, оставайтесь на линии.",
            ),
        ),
        ("cmn", ("对不起，您所拨打的用户已关机。", "请稍后再拨。")),
        (
            "nl",
            (
                "Dit is de voicemail van Jan de Vries.",
                "Spreek een bericht in na de piep.",
            ),
        ),
    ),
}

VOICES = {
    "train": ("m1", "m3", "m5", "m7", "f1", "f3", "f5", "Alex", "Annie", "john", "Gene"),
    "test": ("m2", "m4", "m6", "f2", "f4", "Andy", "linda", "steph", "michael", "Lee"),
}
"""Variants of espeak-ng."""

RECORDED = {
    "train": ("en_US_f_Allison", "fr_CA_f_June", "ru_RU_f_IvrvoiceRU"),
    "test": ("es_MX_f_Allison", "it_IT_m_Carlo"),
}
"""Speakers of Debian's asterisk-core-sounds."""

RECORDED_GREETINGS = (
    ("vm-theperson", "digits/4", "digits/1", "digits/7", "vm-isunavail", "vm-intro"),
    ("vm-theperson", "digits/2", "digits/0", "digits/9", "vm-isonphone", "vm-intro"),
    ("vm-nobodyavail", "vm-leavemsg"),
    ("vm-extension", "digits/3", "digits/3", "digits/5", "vm-isunavail", "vm-leavemsg"),
    ("tt-allbusy",),
    ("ss-noservice",),
    ("queue-thankyou",),
    ("demo-congrats",),
    ("pls-hold-while-try", "number-not-answering", "please-try-call-later"),
    ("hello", "vm-nobodyavail", "vm-rec-unv"),
    ("im-sorry", "vm-mailboxfull"),
    ("privacy-unident",),
)
"""Prompts that make a machine's greeting."""

RECORDED_ANSWERS = (
    ("hello",),
    ("hello-world",),
    ("digits/1",),
    ("digits/7", "digits/4"),
    ("im-sorry",),
    ("one-moment-please",),
    ("letters/w",),
    ("vm-Work",),
    ("vm-Family",),
    ("goodbye",),
    ("phonetic/m_p",),
    ("phonetic/o_p",),
    ("conf-thereare",),
    ("vm-youhave",),
    ("vm-isunavail",),
    ("location",),
    ("sorry",),
    ("vm-Friends",),
)
"""Words and short phrases, as a person's answer sounds."""
