//! Spanish.

use super::super::alarms::{AlarmKind, AlarmText};
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
    footer_user: "{instance} ha enviado este mensaje automáticamente. Puede elegir de qué se le informa en «Settings», «Notifications»:",
    footer_test: "{instance} ha enviado este mensaje porque alguien ha pedido un mensaje de prueba.",
    invitation_subject: "{instance} solicita acceso a {system}",
    invitation_intro: "{instance} desea intercambiar datos con {system} y necesita para ello un acceso propio. La página enlazada indica lo que hace falta y lo recibe. Se comprueba una vez antes de guardar nada; se tarda unos cinco minutos.",
    invitation_outro: "Puede reenviar este mensaje dentro de su empresa a quien administre el sistema.",
    invitation_link: "Configurar el acceso",
    invitation_note: "El enlace es solo para {customer}. Funciona hasta el {until} y deja de hacerlo en cuanto se configura el acceso.",
    one_of_your_systems: "uno de sus sistemas",
    trouble_subject: Plural {
        one: "{connection}: es necesario renovar el acceso ({instance})",
        many: "{count} conexiones: es necesario renovar el acceso ({instance})",
    },
    trouble_intro: Plural {
        one: "La conexión «{connection}» entre {instance} y {system} se ha quedado sin acceso. No se intercambian datos hasta que se renueve, lo que suele llevar solo unos minutos.",
        many: "{count} conexiones entre {instance} y sus sistemas se han quedado sin acceso. No se intercambian datos por ellas hasta que se renueve, lo que suele llevar solo unos minutos en cada caso.",
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
        one: "La conexión «{connection}» con {system} vuelve a funcionar. No tiene que hacer nada más; puede ignorar los mensajes anteriores al respecto.",
        many: "{count} conexiones vuelven a funcionar. No tiene que hacer nada más; puede ignorar los mensajes anteriores al respecto.",
    },
    mended_outro: "Gracias.",
    ends_subject: "{connection}: las credenciales caducan el {date} ({instance})",
    ends_intro: "Un certificado o una credencial de la conexión «{connection}» con {system} caduca {when}, el {date}. Si no se sustituye antes, la conexión se quedará sin acceso.",
    ends_outro: "Solicite un sustituto a tiempo y entréguelo al equipo que gestiona {instance}, o espere el enlace que se envía cuando el acceso ha caducado.",
    op_trouble_subject: Plural {
        one: "{connection} ({customer}): {status}",
        many: "{count} conexiones tienen problemas",
    },
    op_trouble_intro: Plural { one: "Una conexión tiene problemas.", many: "{count} conexiones tienen problemas." },
    op_reminder_subject: Plural {
        one: "Recordatorio: {connection} ({customer}): {status}",
        many: "Recordatorio: {count} conexiones siguen con problemas",
    },
    op_reminder_intro: Plural {
        one: "Una conexión sigue con problemas y nadie ha indicado que se ocupe de ella.",
        many: "{count} conexiones siguen con problemas y nadie ha indicado que se ocupe de ellas.",
    },
    op_mended_subject: Plural {
        one: "{connection} ({customer}): vuelve a funcionar",
        many: "{count} conexiones vuelven a funcionar",
    },
    op_mended_intro: Plural {
        one: "Una conexión vuelve a funcionar.",
        many: "{count} conexiones vuelven a funcionar.",
    },
    op_ends_subject: "{what} caduca el {date}",
    op_ends_intro: "{what} caduca {when}, el {date}. Hay que sustituirlo antes.",
    open: "Abrir",
    acknowledge_note: "Si marca el problema como atendido en la página de la conexión, no recibirá más recordatorios hasta que termine.",
    alarm_subject: "Alarma: {title}",
    alarm_intro: "{instance} avisa de un problema propio. No se informa a los clientes.",
    alarm_record: "Texto del aviso (en inglés)",
    receiver: "Receptor",
    some_system: "un sistema conectado",
    digest_subject: "Resumen del {date}: {count} por atender",
    digest_intro: "Las últimas 24 horas en {instance}.",
    digest_needs: "Por atender",
    digest_mended: "Vuelve a funcionar",
    digest_ends: "Caduca en los próximos 30 días",
    digest_alarms: "Alarmas activas",
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
        Reason::RateLimited => "{system} limita por ahora el número de solicitudes.",
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
        Reason::ServerError => "{system} comunica un error interno.",
        Reason::EgressDenied => "La dirección de {system} está fuera de lo que este servidor puede alcanzar.",
        Reason::ApplicationCredentialsInvalid => {
            "{system} rechaza nuestra aplicación; el acceso del cliente es correcto."
        }
        Reason::ClockSkew => "El reloj de este servidor difiere del de {system}.",
        Reason::NetworkSuspect => "El servidor duda de su propia red.",
        Reason::VaultSealed => "La bóveda está sellada; las comprobaciones esperan.",
        Reason::CreditsExhausted => "No hay créditos suficientes para esta conexión.",
        Reason::Paused => "La conexión se ha pausado.",
        Reason::Disconnected => "La conexión se ha eliminado.",
        Reason::NeverVerified => "Las credenciales nunca se han comprobado.",
    }
}

/// What alarms, and what to do.
pub(super) fn alarm(kind: AlarmKind) -> AlarmText {
    let text = |title, what, todo| AlarmText { title, what, todo };
    match kind {
        AlarmKind::Application => text(
            "{system} rechaza nuestra aplicación",
            "El identificador de cliente y el secreto con los que {instance} se presenta ante {system} ya no se aceptan. Los accesos de los clientes son correctos, pero ninguna conexión que pase por esta aplicación puede renovar sus tokens.",
            "Nos corresponde resolverlo: introduzca el nuevo secreto de la aplicación. Todas las conexiones que pasan por ella esperan hasta entonces.",
        ),
        AlarmKind::ClockSkew => text(
            "El reloj de este servidor no está en hora",
            "Un sistema conectado rechaza las solicitudes firmadas porque su hora difiere de la suya. Los estados quedan como están.",
            "Ajuste la fuente de hora del servidor.",
        ),
        AlarmKind::NetworkSuspect => text(
            "El servidor duda de su propia red",
            "Muchos hosts han dejado de responder a la vez, así que la causa está probablemente en este lado. Los estados quedan como están y no se informa a los clientes.",
            "Revise la red del servidor, sus servidores de nombres y el cortafuegos.",
        ),
        AlarmKind::VaultSealed => text(
            "La bóveda está sellada",
            "Las comprobaciones esperan y no se reenvía ninguna solicitud. No se pierde nada.",
            "Abra la bóveda: ejecute junctionbox vault unseal en el servidor.",
        ),
        AlarmKind::MailUndeliverable => text(
            "No se puede entregar el correo",
            "El servidor de correo no acepta lo que está en espera. No se pierde nada: todo se envía en cuanto vuelva a aceptar mensajes.",
            "Vea las respuestas del servidor en «Settings», «Mail».",
        ),
        AlarmKind::BackupLate => text(
            "La última copia de seguridad es demasiado antigua",
            "No se hizo una copia de seguridad prevista. Todo lo demás funciona.",
            "Busque la causa en «Settings», «Backups» y ejecute después junctionbox backup create.",
        ),
        AlarmKind::BackupFailed => text(
            "La última copia de seguridad ha fallado",
            "Las copias anteriores están intactas, pero no contienen lo que ha cambiado desde entonces.",
            "Resuelva la causa indicada abajo y ejecute después junctionbox backup create.",
        ),
        AlarmKind::StoreDamaged => text(
            "La base de datos está dañada",
            "La lectura semanal de la base de datos ha encontrado daños. Lo que se muestra puede estar incompleto.",
            "Detenga el servidor, restaure con junctionbox restore la última copia de seguridad intacta y haga revisar el disco.",
        ),
        AlarmKind::AuditBroken => text(
            "El registro de auditoría no es coherente",
            "Una entrada del registro de auditoría se ha modificado o falta. Todo lo demás sigue funcionando.",
            "Compare con la última exportación o copia de seguridad: junctionbox audit verify indica la primera entrada que no encaja.",
        ),
        AlarmKind::ReceiverFailing => text(
            "Un receptor de webhooks falla",
            "Los envíos a {url} fallan. Se repiten; si ninguno llega, el receptor se desactivará.",
            "Haga reparar el receptor. Lo que no se pudo entregar podrá enviarse de nuevo después.",
        ),
        AlarmKind::ReceiverDisabled => text(
            "Se ha desactivado un receptor de webhooks",
            "Ya no se envía nada a {url}.",
            "Haga reparar el receptor, vuelva a activarlo y envíe de nuevo lo que no recibió.",
        ),
        AlarmKind::CreditsLow => text(
            "Quedan pocos créditos",
            "{available} de {granted} créditos están libres.",
            "Añada créditos o desconecte lo que ya no se necesita.",
        ),
        AlarmKind::CreditsExhausted => text(
            "No quedan créditos",
            "De {granted} créditos no queda ninguno libre. La regla «{policy}» decide qué ocurre con las conexiones nuevas.",
            "Añada créditos o desconecte lo que ya no se necesita.",
        ),
        AlarmKind::Other => text("Una alarma del servidor", "Algo requiere su atención.", "Consulte la vista general."),
    }
}
