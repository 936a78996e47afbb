SELECT DISTINCT batch FROM school_delivery WHERE school = :school AND at >= :since AND at <= :until
