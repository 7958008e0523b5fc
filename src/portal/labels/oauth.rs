//! The catalogue's words for signed sign-ins: keys, certificates, assertions, refresh tokens.

use super::Row;

pub(super) const SIGNED: &[Row] = &[
    (
        "As NetSuite shows it under OAuth 2.0 Client Credentials (M2M) Setup.",
        "Wie NetSuite sie unter „OAuth 2.0 Client Credentials (M2M) Setup“ zeigt.",
        "Tel que NetSuite l’affiche sous « OAuth 2.0 Client Credentials (M2M) Setup ».",
        "Como lo muestra NetSuite en «OAuth 2.0 Client Credentials (M2M) Setup».",
    ),
    (
        "As it stands under Setup > Company > Company Information; of a sandbox with its underscore, 1234567_SB1.",
        "Wie sie unter „Setup > Company > Company Information“ steht; bei einer Sandbox mit dem Unterstrich, 1234567_SB1.",
        "Tel qu’il figure sous « Setup > Company > Company Information » ; pour un bac à sable avec le tiret bas, 1234567_SB1.",
        "Como figura en «Setup > Company > Company Information»; en un sandbox con el guion bajo, 1234567_SB1.",
    ),
    ("Audience", "Empfänger (audience)", "Destinataire (audience)", "Destinatario (audience)"),
    ("Certificate ID", "Zertifikats-ID", "Identifiant du certificat", "ID del certificado"),
    (
        "In whose name: the subject of the assertion.",
        "In wessen Namen: das Subjekt der Assertion.",
        "Au nom de qui : le sujet de l’assertion.",
        "En nombre de quién: el sujeto de la aserción.",
    ),
    ("Issuer", "Aussteller (issuer)", "Émetteur (issuer)", "Emisor (issuer)"),
    ("Its certificate", "Zugehöriges Zertifikat", "Son certificat", "Su certificado"),
    (
        "Made in Workday under View API Client > Manage Refresh Tokens for Integrations.",
        "Wird in Workday unter „View API Client > Manage Refresh Tokens for Integrations“ erzeugt.",
        "Créé dans Workday sous « View API Client > Manage Refresh Tokens for Integrations ».",
        "Se crea en Workday en «View API Client > Manage Refresh Tokens for Integrations».",
    ),
    (
        "OAuth client (technical user)",
        "OAuth-Client (technischer Benutzer)",
        "Client OAuth (utilisateur technique)",
        "Cliente OAuth (usuario técnico)",
    ),
    (
        "Of the JWT verifier map.",
        "Aus der „JWT verifier map“.",
        "De la « JWT verifier map ».",
        "De la «JWT verifier map».",
    ),
    (
        "Of the OData service, like ZMY_SERVICE_0001.",
        "Des OData-Dienstes, etwa ZMY_SERVICE_0001.",
        "Du service OData, par exemple ZMY_SERVICE_0001.",
        "Del servicio OData, por ejemplo ZMY_SERVICE_0001.",
    ),
    (
        "Only for the sign-in by a person: the account as it stands in the address, like 1234567 or 1234567-sb1.",
        "Nur für die Anmeldung durch eine Person: das Konto, wie es in der Adresse steht, etwa 1234567 oder 1234567-sb1.",
        "Uniquement pour la connexion par une personne : le compte tel qu’il figure dans l’adresse, par exemple 1234567 ou 1234567-sb1.",
        "Solo para el inicio de sesión de una persona: la cuenta tal como figura en la dirección, por ejemplo 1234567 o 1234567-sb1.",
    ),
    (
        "PEM, without a passphrase; RSA from 3072 bits, or ECDSA (P-256, P-384).",
        "PEM, ohne Passphrase; RSA ab 3072 Bit oder ECDSA (P-256, P-384).",
        "PEM, sans phrase secrète ; RSA à partir de 3072 bits, ou ECDSA (P-256, P-384).",
        "PEM, sin frase de contraseña; RSA desde 3072 bits, o ECDSA (P-256, P-384).",
    ),
    (
        "PEM, without a passphrase; RSA or ECDSA (P-256, P-384).",
        "PEM, ohne Passphrase; RSA oder ECDSA (P-256, P-384).",
        "PEM, sans phrase secrète ; RSA ou ECDSA (P-256, P-384).",
        "PEM, sin frase de contraseña; RSA o ECDSA (P-256, P-384).",
    ),
    (
        "PEM, without a passphrase; RSA.",
        "PEM, ohne Passphrase; RSA.",
        "PEM, sans phrase secrète ; RSA.",
        "PEM, sin frase de contraseña; RSA.",
    ),
    (
        "PEM. Sent with the signature.",
        "PEM. Wird mit der Signatur gesendet.",
        "PEM. Envoyé avec la signature.",
        "PEM. Se envía con la firma.",
    ),
    (
        "PEM. Sent with the signature; uploaded to the trusted provider.",
        "PEM. Wird mit der Signatur gesendet; beim vertrauten Provider hochgeladen.",
        "PEM. Envoyé avec la signature ; déposé auprès du fournisseur de confiance.",
        "PEM. Se envía con la firma; cargado en el proveedor de confianza.",
    ),
    (
        "PEM. The signature names it by its thumbprint.",
        "PEM. Die Signatur nennt es mit seinem Fingerabdruck.",
        "PEM. La signature le désigne par son empreinte.",
        "PEM. La firma lo nombra por su huella.",
    ),
    ("Private key", "Privater Schlüssel", "Clé privée", "Clave privada"),
    ("Refresh token", "Refresh-Token", "Jeton d’actualisation", "Token de actualización"),
    (
        "The name of the local provider in transaction SAML2.",
        "Der Name des lokalen Providers in der Transaktion SAML2.",
        "Le nom du fournisseur local dans la transaction SAML2.",
        "El nombre del proveedor local en la transacción SAML2.",
    ),
    (
        "The name of the service provider in the system.",
        "Der Name des Service-Providers im System.",
        "Le nom du fournisseur de services dans le système.",
        "El nombre del proveedor de servicios en el sistema.",
    ),
    (
        "The name of the trusted identity provider in transaction SAML2.",
        "Der Name des vertrauten Identity-Providers in der Transaktion SAML2.",
        "Le nom du fournisseur d’identité de confiance dans la transaction SAML2.",
        "El nombre del proveedor de identidad de confianza en la transacción SAML2.",
    ),
    (
        "The name under which the signing certificate is trusted.",
        "Der Name, unter dem dem Signaturzertifikat vertraut wird.",
        "Le nom sous lequel le certificat de signature est reconnu.",
        "El nombre con el que se confía en el certificado de firma.",
    ),
    (
        "The trusted issuer as it stands in the Security Console, API Authentication.",
        "Der vertraute Aussteller, wie er in der Security Console unter „API Authentication“ steht.",
        "L’émetteur de confiance tel qu’il figure dans la Security Console, « API Authentication ».",
        "El emisor de confianza tal como figura en la Security Console, «API Authentication».",
    ),
    (
        "The value of the field that the JWT provider uses as subject.",
        "Der Wert des Feldes, das der JWT-Provider als Subjekt verwendet.",
        "La valeur du champ que le fournisseur JWT utilise comme sujet.",
        "El valor del campo que el proveedor JWT usa como sujeto.",
    ),
    (
        "Usually the token address.",
        "Gewöhnlich die Token-Adresse.",
        "En général l’adresse du jeton.",
        "Normalmente la dirección del token.",
    ),
];
