"""One slip in each of the eight languages, long enough to wrap, with a store's Latin name inside every script."""

# ruff: noqa: RUF001  (these are the letters of their languages)

from typing import Any

from receipts.drawing.slip import Slip

CODE = "7KQ4-M2XD-9RTC"
QR_TEXT = "https://CUP.EXAMPLE/C/7KQ4M2XD9RTC"
STORE = "Harbour Street Coffee\n12 Harbour Street"

_WORDS = {
    "en": {
        "headline": "A cup should never be half empty",
        "apology": "We let you down today, and we are sorry. You should not have had to wait for what you ordered.",
        "offer": "Your next drink is on the house",
        "valid": "Good through Tuesday, 20 February 2027",
        "scan_hint": "Show this slip at any of our counters.",
        "back_title": "How can we do better?",
        "back_text": "Tell us what went wrong. A person reads every word.",
        "contact": ("0800 123 4567", "cup.example/tell-us"),
    },
    "es": {
        "headline": "Una taza nunca debería estar medio vacía",
        "apology": "Hoy le hemos fallado y lo sentimos. No debería haber esperado tanto por su pedido.",
        "offer": "Su próxima bebida corre por nuestra cuenta",
        "valid": "Válido hasta el martes, 20 de febrero de 2027",
        "scan_hint": "Muestre este vale en cualquiera de nuestros mostradores.",
        "back_title": "¿Cómo podemos hacerlo mejor?",
        "back_text": "Cuéntenos qué salió mal. Una persona lee cada palabra.",
        "contact": ("900 123 456", "cup.example/cuentenos"),
    },
    "fr": {
        "headline": "Une tasse ne devrait jamais être à moitié vide",
        "apology": "Nous n’avons pas été à la hauteur aujourd’hui, et nous en sommes désolés. Vous avez trop attendu.",
        "offer": "Votre prochaine boisson est pour nous",
        "valid": "Valable jusqu’au mardi 20 février 2027 inclus",
        "scan_hint": "À présenter à l’un de nos comptoirs.",
        "back_title": "Comment faire mieux\u202f?",
        "back_text": "Dites-nous ce qui n’a pas été. Quelqu’un lit chaque mot.",
        "contact": ("0 800 123 456", "cup.example/dites-nous"),
    },
    "de": {
        "headline": "Eine Tasse sollte nie halb leer sein",
        "apology": "Heute haben wir Sie enttäuscht, und das tut uns leid. So lange sollte niemand warten müssen.",
        "offer": "Ihr nächstes Getränk geht aufs Haus",
        "valid": "Gültig bis einschließlich Dienstag, 20. Februar 2027",
        "scan_hint": "Einfach an einer unserer Theken vorzeigen.",
        "back_title": "Was können wir besser machen?",
        "back_text": "Sagen Sie uns, was schiefgegangen ist. Ein Mensch liest jedes Wort.",
        "contact": ("0800 123 4567", "cup.example/ihre-meinung"),
    },
    "cs": {
        "headline": "Šálek by nikdy neměl být zpola prázdný",
        "apology": "Dnes jsme vás zklamali a je nám to líto. Na svou objednávku jste neměli čekat tak dlouho.",
        "offer": "Příští nápoj je na nás",
        "valid": "Platí do úterý 20. února 2027 včetně",
        "scan_hint": "Stačí ukázat u kterékoli z našich pokladen.",
        "back_title": "Jak to můžeme dělat lépe?",
        "back_text": "Řekněte nám, co se nepovedlo. Každé slovo čte člověk.",
        "contact": ("800 123 456", "cup.example/napiste-nam"),
    },
    "ar": {
        "headline": "لا ينبغي أن يبقى الكوب نصف فارغ",
        "apology": "لقد قصّرنا في حقك اليوم في Harbour Street، ونحن نعتذر. لم يكن عليك أن تنتظر طلبك كل هذا الوقت.",
        "offer": "مشروبك القادم على حسابنا",
        "valid": "صالحة حتى نهاية يوم الثلاثاء 20 فبراير 2027",
        "scan_hint": "أبرز هذه القسيمة في أي من فروعنا.",
        "back_title": "كيف يمكننا أن نكون أفضل؟",
        "back_text": "أخبرنا بما حدث. يقرأ كلَّ كلمة إنسان.",
        "contact": ("هاتف: 0800 123 4567", "cup.example/tell-us"),
    },
    "hi": {
        "headline": "प्याला कभी आधा खाली नहीं रहना चाहिए",
        "apology": "आज हमसे चूक हुई और हमें खेद है। आपको अपने ऑर्डर के लिए इतनी प्रतीक्षा नहीं करनी चाहिए थी।",
        "offer": "आपका अगला पेय हमारी ओर से",
        "valid": "मंगलवार, 20 फ़रवरी 2027 तक मान्य",
        "scan_hint": "यह पर्ची हमारे किसी भी काउंटर पर दिखाएँ।",
        "back_title": "हम और अच्छा कैसे करें?",
        "back_text": "हमें बताएँ कि क्या ठीक नहीं रहा। हर शब्द कोई व्यक्ति पढ़ता है।",
        "contact": ("फ़ोन: 1800 123 4567", "cup.example/tell-us"),
    },
    "ja": {
        "headline": "カップは、半分空のままではいけない。",
        "apology": "本日はご期待に添えず、誠に申し訳ございませんでした。ご注文の品をお待たせしてしまいました。",
        "offer": "次の一杯は当店からのお詫びの気持ちです",
        "valid": "2027年2月20日（土）まで有効",
        "scan_hint": "全店のカウンターでご利用いただけます。",
        "back_title": "ご意見をお聞かせください",
        "back_text": "何がいけなかったのか、どうかお聞かせください。いただいた言葉は、必ず人が読みます。",
        "contact": ("0120-123-456", "cup.example/tell-us"),
    },
}

LANGUAGES = tuple(_WORDS)


def sample(language: str, *, banner: str | None = None, copy_mark: str | None = None) -> Slip:
    """The sample slip of one language, as a till would print it."""
    words = _WORDS[language]
    contact = words["contact"]
    texts: dict[str, Any] = {name: text for name, text in words.items() if isinstance(text, str)}
    return Slip(
        language=language,
        code=CODE,
        qr_text=QR_TEXT,
        store=STORE,
        contact=tuple(contact),
        banner=banner,
        copy_mark=copy_mark,
        **texts,
    )
