//! Spanish.

use super::{Plural, Words};
use crate::base::{Reason, Status};

pub(super) const WORDS: Words = Words {
    months: [
        "enero",
        "febrero",
        "marzo",
        "abril",
        "mayo",
        "junio",
        "julio",
        "agosto",
        "septiembre",
        "octubre",
        "noviembre",
        "diciembre",
    ],
    in_days: "dentro de {days} días",
    within_a_day: "en menos de un día",
    greeting_named: "Buenos días, {name}:",
    greeting: "Buenos días:",
    sign_off: "Atentamente",
    what_happened: "Qué ha ocurrido",
    what_to_do: "Qué hay que hacer",
    since: "Desde",
    ends_on: "Caduca el",
    customer: "Cliente",
    system: "Sistema",
    status: "Estado",
    steps_in_english: "Estos pasos solo están disponibles en inglés.",
    footer_contact: "{instance} ha enviado este mensaje automáticamente porque usted figura como persona de contacto de {customer}. Las respuestas no se leen.",
    footer_user: "{instance} ha enviado este mensaje automáticamente. Elija de qué se le informa en Settings, Notifications:",
    footer_test: "{instance} ha enviado este mensaje porque alguien ha pedido un mensaje de prueba.",
    trouble_subject: Plural {
        one: "{connection}: es necesario renovar el acceso ({instance})",
        many: "{count} conexiones: es necesario renovar el acceso ({instance})",
    },
    trouble_intro: Plural {
        one: "La conexión «{connection}» entre {instance} y {system} ha perdido su acceso. No se intercambian datos hasta que se renueve, lo que suele llevar solo unos minutos.",
        many: "{count} conexiones entre {instance} y sus sistemas han perdido su acceso. No se intercambian datos por ellas hasta que se renueve, lo que suele llevar solo unos minutos en cada caso.",
    },
    trouble_outro: "Si otro equipo se encarga del sistema, puede reenviarle este mensaje. No se pierde nada: todo continúa en cuanto el acceso vuelve a funcionar.",
    reminder_subject: Plural {
        one: "Recordatorio: el acceso de {connection} aún no se ha renovado ({instance})",
        many: "Recordatorio: el acceso de {count} conexiones aún no se ha renovado ({instance})",
    },
    reminder_intro: Plural {
        one: "Le escribimos sobre la conexión «{connection}» con {system}. Su acceso aún no se ha renovado, por lo que siguen sin intercambiarse datos.",
        many: "Le escribimos sobre {count} conexiones. Su acceso aún no se ha renovado, por lo que siguen sin intercambiarse datos por ellas.",
    },
    renew: "Renovar el acceso",
    link_note: "El enlace es solo para {customer}. Deja de funcionar en cuanto se renueva el acceso.",
    mended_subject: Plural {
        one: "{connection} vuelve a funcionar ({instance})",
        many: "{count} conexiones vuelven a funcionar ({instance})",
    },
    mended_intro: Plural {
        one: "La conexión «{connection}» con {system} vuelve a funcionar. No tiene que hacer nada más; los mensajes anteriores al respecto quedan resueltos.",
        many: "{count} conexiones vuelven a funcionar. No tiene que hacer nada más; los mensajes anteriores al respecto quedan resueltos.",
    },
    mended_outro: "Gracias.",
    ends_subject: "{connection}: las credenciales caducan el {date} ({instance})",
    ends_intro: "Un certificado o una credencial de la conexión «{connection}» con {system} caduca {when}, el {date}. Si no se sustituye antes, la conexión perderá entonces su acceso.",
    ends_outro: "Solicite un sustituto a tiempo y entréguelo al equipo que gestiona {instance}, o espere el enlace que se envía cuando el acceso ha caducado.",
    op_trouble_subject: Plural {
        one: "{connection} de {customer}: {status}",
        many: "{count} conexiones tienen problemas",
    },
    op_trouble_intro: Plural { one: "Una conexión tiene problemas.", many: "{count} conexiones tienen problemas." },
    op_reminder_subject: Plural {
        one: "Todavía: {connection} de {customer}: {status}",
        many: "Todavía: {count} conexiones tienen problemas",
    },
    op_reminder_intro: Plural {
        one: "Una conexión sigue con problemas y nadie ha confirmado que se ocupa.",
        many: "{count} conexiones siguen con problemas y nadie ha confirmado que se ocupa.",
    },
    op_mended_subject: Plural {
        one: "{connection} de {customer}: vuelve a funcionar",
        many: "{count} conexiones vuelven a funcionar",
    },
    op_mended_intro: Plural {
        one: "Una conexión vuelve a funcionar.",
        many: "{count} conexiones vuelven a funcionar.",
    },
    op_ends_subject: "{what} caduca el {date}",
    op_ends_intro: "{what} caduca {when}, el {date}. Hay que sustituirlo antes.",
    open: "Abrir",
    acknowledge_note: "Confirme el problema en su página para no recibir más estos mensajes hasta que termine.",
    alarm_subject: "Alarma: {title}",
    alarm_intro: "El equipo avisa de un problema propio. No se informa a los clientes.",
    some_system: "un sistema conectado",
    alarm_application: "{system} rechaza nuestra aplicación",
    alarm_application_do: "Nos corresponde resolverlo: introduzca el nuevo secreto de la aplicación. Todas las conexiones que pasan por ella esperan hasta entonces.",
    digest_subject: "Resumen del {date}: {count} por atender",
    digest_intro: "Las últimas 24 horas en {instance}.",
    digest_needs: "Por atender",
    digest_mended: "Vuelve a funcionar",
    digest_ends: "Caduca en 30 días",
    digest_alarms: "Alarmas vigentes",
    digest_more: "y {count} más",
    test_subject: "Mensaje de prueba",
    test_intro: "Este es un mensaje de prueba. Muestra que {instance} llega a su servidor de correo y que este acepta mensajes para esta dirección.",
    test_outro: "No tiene que hacer nada.",
};

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::ReauthorizationRequired => "Requiere nueva autorización",
        Status::Unreachable => "Inaccesible",
        Status::Degraded => "Degradada",
        Status::Inactive => "Inactiva",
        Status::Pending => "Pendiente",
        Status::Active => "Activa",
        Status::Disconnected => "Desconectada",
    }
}

pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::CredentialsRejected => "{system} ha rechazado el nombre de usuario o la contraseña.",
        Reason::TokenRevoked => "{system} ya no acepta el acceso concedido; ha sido revocado.",
        Reason::TokenExpired => "El acceso concedido por {system} ha caducado.",
        Reason::AccountLocked => "El usuario está bloqueado en {system}.",
        Reason::CertificateExpired => "El certificado de cliente para {system} ha caducado.",
        Reason::CertificateRejected => "{system} ha rechazado el certificado de cliente.",
        Reason::LoginPage => "En lugar de datos, {system} envía una página de inicio de sesión.",
        Reason::IdentityChanged => "Responde otra instalación de {system} distinta de la conectada.",
        Reason::PermissionReduced => "{system} permite iniciar sesión, pero niega datos que antes estaban permitidos.",
        Reason::RateLimited => "{system} pide menos solicitudes.",
        Reason::Slow => "{system} responde mucho más despacio de lo habitual.",
        Reason::NoFreeSeat => "{system} no tiene licencias libres.",
        Reason::ServiceInactive => "El servicio está desactivado en {system}.",
        Reason::UnexpectedResponse => "{system} responde de forma inesperada.",
        Reason::DnsFailure => "No se conoce ninguna dirección para el nombre de {system}.",
        Reason::ConnectionRefused => "{system} rechaza la conexión.",
        Reason::ConnectTimeout => "{system} no responde a los intentos de conexión.",
        Reason::ResponseTimeout => "{system} acepta la conexión pero no responde a tiempo.",
        Reason::ConnectionReset => "{system} interrumpe la conexión.",
        Reason::TlsUntrusted => "El certificado de {system} no es de confianza.",
        Reason::TlsFailure => "No se puede establecer una conexión segura con {system}.",
        Reason::ServerError => "{system} comunica un error propio.",
        Reason::EgressDenied => "La dirección de {system} está fuera de lo que este equipo puede alcanzar.",
        Reason::ApplicationCredentialsInvalid => {
            "{system} rechaza nuestra aplicación; el acceso del cliente es correcto."
        }
        Reason::ClockSkew => "El reloj de este equipo difiere del de {system}.",
        Reason::NetworkSuspect => "El equipo duda de su propia red.",
        Reason::VaultSealed => "La bóveda está sellada; las comprobaciones esperan.",
        Reason::CreditsExhausted => "No hay créditos suficientes para esta conexión.",
        Reason::Paused => "La conexión se ha pausado.",
        Reason::Disconnected => "La conexión ha terminado.",
        Reason::NeverVerified => "Las credenciales nunca se han comprobado.",
    }
}
