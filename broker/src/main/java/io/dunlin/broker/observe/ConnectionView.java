package io.dunlin.broker.observe;

/// A client's connection, as it was when somebody looked. Immutable.
///
/// @param version of MQTT: `5.0`, `3.1.1`, `3.1`
/// @param address the peer
/// @param userName whom the login has made it, by password or certificate; where no login is asked
///   for, the name in the CONNECT; empty without either
/// @param keepAliveSeconds 0 for none
/// @param silentMillis how long nothing has come from it
/// @param receiveMaximum how many messages of QoS 1 and 2 may be on their way to it
/// @param maximumPacketBytes what it takes at most
/// @param outboxBytes what waits for its socket
/// @param waitingAnswers acknowledgements that wait for the disk
/// @param parked whether it is not read just now, because what it sends finds no room
public record ConnectionView(
    String version,
    String address,
    String listener,
    String userName,
    long connectedAtMillis,
    int keepAliveSeconds,
    long silentMillis,
    int receiveMaximum,
    long maximumPacketBytes,
    long outboxBytes,
    int waitingAnswers,
    boolean parked) {}
