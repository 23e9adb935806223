"""Words of thanks and good news in seven languages, and the small words that stand between them."""

ACKNOWLEDGEMENTS = frozenset(
    (
        # English
        "thanks thank you thx ty cheers great perfect awesome excellent brilliant wonderful good super nice ok okay cool very much so "
        "many a lot again for the your help support it's it is its that's that this all now works working fixed solved resolved "
        "sorted problem issue has been and everything fine well done appreciate appreciated i we quick kind regards best much "
        "yes hi hello dear team have day weekend was already "
        # German
        "danke dank vielen besten herzlichen lieben schönen für die ihre deine hilfe unterstützung es das geht funktioniert läuft jetzt "
        "nun wieder alles klar gut bestens prima toll erledigt gelöst hat sich hallo guten tag grüße gruß mit freundlichen viele liebe "
        "schnelle antwort und sehr ist "
        # French
        "merci beaucoup bien pour votre vos aide réponse ça cela c'est marche fonctionne maintenant parfait super résolu réglé tout est "
        "bonjour cordialement bonne journée à vous et rapide très problème le la "
        # Spanish
        "gracias muchas por su tu ayuda respuesta ya funciona ahora todo perfecto genial resuelto solucionado está hola saludos bien "
        "muy y rápida buen día el problema quedó "
        # Italian
        "grazie mille tante per il vostro aiuto supporto risposta ora adesso funziona tutto perfetto ottimo risolto è a posto ciao salve "
        "saluti cordiali buona giornata molto gentile e "
        # Portuguese
        "obrigado obrigada muito pela ajuda resposta já agora está tudo certo perfeito ótimo resolvido funciona funcionando olá bom "
        "dia cumprimentos pelo apoio e "
        # Dutch
        "bedankt dank je u wel dankjewel hartelijk voor hulp het werkt nu weer alles in orde opgelost prima top goed groeten met "
        "vriendelijke groet hallo snelle reactie en is"
    ).split()
)
